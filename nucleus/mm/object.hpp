// A memory object: pages that spaces and windows map. Anonymous ones fill themselves with zeroes, held ones only with
// what their holder supplies, physical ones are a fixed range (boot module, device registers).
// A withdrawn page is out of every mapping when withdraw returns. Reference-counted: capabilities, regions.
#pragma once

#include "base/ref.hpp"
#include "base/result.hpp"
#include "nucleus/mm/entry.hpp"
#include "nucleus/mm/lock.hpp"
#include "nucleus/mm/page_store.hpp"
#include "nucleus/mm/region.hpp"

namespace hinge::nucleus::mm {

class Memory;
class SlotMemory;

enum class Caching : u8 { normal, device };   ///< device: uncached, for registers.

class Object : public Counted {
 public:
  static constexpr u64 max_bytes = u64{1} << 47;

  /// invalid (bytes 0 or above max_bytes), quota, no_memory. Pages are charged to `account` as they come.
  static Result<Ref<Object>> create(Memory& memory, Account& account, ObjectKind kind, u64 bytes);
  /// [begin, begin + bytes) of physical memory, page-aligned: never allocated, never freed here.
  static Result<Ref<Object>> create_physical(Memory& memory, Account& account, PhysAddr begin, u64 bytes, Caching caching);
  /// The last reference is gone.
  void dispose();

  /// The frames under [address, address + pages * 4096) of the slot become pages first.. (one share each). Those that
  /// are there already stay. exists when a page has another frame, bad_address when the slot's page is not committed,
  /// invalid out of range or not held. Stops at the first problem. `guarded`: a store through a shared mapping is not_present
  /// until the page is supplied again without that. A page that is there gets no guard: withdraw it before.
  Result<> supply(u64 first, SlotMemory& slot, u64 address, u64 pages, bool guarded = false);
  /// Takes pages out, and out of all mappings. Absent ones are no error.
  Result<> withdraw(u64 first, u64 pages);

  /// A page for a mapping, with a share for it (unless physical). bad_address beyond the end, not_present when the
  /// holder has to supply it, no_memory, quota. `fill` false: nothing is made, not_present instead.
  struct Page { PhysAddr frame; bool guarded; };
  Result<Page> page(u64 index, bool fill = true);
  /// What a leaf entry that maps the object's pages carries besides frame and protection.
  [[nodiscard]] u64 entry_bits() const;

  [[nodiscard]] u64 bytes() const { return bytes_; }
  [[nodiscard]] bool held() const { return kind_ == Kind::held; }
  [[nodiscard]] bool physical() const { return kind_ == Kind::physical; }

  /// Lists a region among those that map the object, while the region's space is locked. `like`: a region of the same
  /// space whose pages it takes over, or null.
  void attach(Region& region, Region const* like = nullptr);
  /// Off the list; `into`: the neighbour that takes over its pages, or null.
  void detach(Region& region, Region* into = nullptr);

 private:
  friend class Memory;
  template <class> friend class Slab;
  enum class Kind : u8 { anonymous, held, physical };
  Object(Memory& memory, Account& account, Kind kind, u64 bytes) : memory_{memory}, account_{account}, kind_{kind}, bytes_{bytes} {}

  Memory& memory_;
  Account& account_;
  Kind const kind_;
  Caching caching_ = Caching::normal;
  PhysAddr physical_{};
  u64 const bytes_;
  Lock<Rank::object> lock_;
  PageStore pages_;
  RegionList regions_;
  u64 withdraw_pass_ = 0;
};

}  // namespace hinge::nucleus::mm
