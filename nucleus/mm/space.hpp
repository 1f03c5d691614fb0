// An address space of a process: regions, and the page tables that cache what they mean. It has one or two roots: its
// own, and from the first call to a user-side personality on the service view (same lower half, not executable).
// All public functions lock; addresses are any u64 and are checked; ranges are rounded to pages where mmap rounds.
// Memory is charged to the account it was created with. Called with interrupts off.
//
// Invariants: leaf entries exist only inside regions; an entry without of_object names a frame that only spaces share
// (copy-on-write), and is writable only if this space is its one owner or the region is shared. Huge pages are anonymous, have one owner, and lie
// inside one region.
#pragma once

#include "abi/memory.hpp"
#include "base/ref.hpp"
#include "nucleus/mm/object.hpp"
#include "nucleus/mm/page_tree.hpp"
#include "nucleus/mm/region.hpp"
#include "nucleus/mm/roots.hpp"

namespace hinge::nucleus::mm {

enum class Access : u8 { read, write, execute };

class alignas(64) Space : public Counted {
 public:
  static Result<Ref<Space>> create(Memory& memory, Account& account);
  /// The last reference is gone: finishes destroy_step and frees it. No CPU has it loaded.
  void dispose();

  // ---- roots ----
  [[nodiscard]] PhysAddr root() const { return own_.frame; }
  /// The root of the service view, which shows the slots of the personality's domain; made if there is none yet, changed if
  /// the personality was elsewhere before.
  Result<PhysAddr> service_view(Root const& domain);
  /// The current CPU is about to load one of the roots. Sequentially consistent: see shootdown.hpp.
  void enter_cpu(u32 cpu) { cpus_.fetch_or(CpuMask{1} << cpu, std::memory_order_seq_cst); }
  /// The CPU has loaded a root of another space or domain.
  void leave_cpu(u32 cpu) { cpus_.fetch_and(~(CpuMask{1} << cpu), std::memory_order_release); }

  // ---- mappings: the native calls of the same names, see host/host.hpp ----
  /// `object` is what m.object names (null for no_handle).
  Result<u64> map(Mapping const& m, Object* object);
  Result<> unmap(u64 address, u64 bytes);
  Result<> protect(u64 address, u64 bytes, Protection protection);
  Result<> query(u64 address, RegionInfo& info, bool count = true);
  Result<> discard(u64 address, u64 bytes);
  Result<u64> remap(u64 from, u64 old_bytes, u64 to, u64 new_bytes, bool may_move);

  // ---- faults ----
  /// Makes the access possible: done, not_present (the holder must supply), bad_address (no region), access, no_memory, quota.
  Result<> fault(u64 address, Access access);
  /// fault(), and the region in *info (if not null, resident not counted) unless bad_address.
  Result<> resolve(u64 address, bool write, RegionInfo* info);
  /// Copies between nucleus memory (`own`) and the space; returns the bytes done before the first problem, whose error
  /// comes when that is none. At most copy_step bytes a call. `write`: own -> space; breaks copy-on-write, also in
  /// private regions that are read-only.
  Result<u64> copy(u64 user, void* own, u64 bytes, bool write);
  /// The same between the space and a slot's memory.
  Result<u64> copy_slot(u64 user, SlotMemory& slot, u64 own, u64 bytes, bool write);
  static constexpr u64 copy_step = 16 * page_bytes;

  // ---- copies, in steps ----
  /// Where a clone in progress stands; starts as is.
  struct CloneProgress { u64 next = 0; };
  /// Copies the next part of this space into `child` (fresh, known to nobody else). True when all is done. On an error
  /// the child is what it is: destroy it.
  Result<bool> clone_step(Space& child, CloneProgress& progress);
  /// Unmaps the next part of everything; true when nothing is left. For a space that runs no more.
  bool destroy_step();
  static constexpr u64 step_pages = 512;

  struct Statistics { u64 mapped_bytes, resident; };
  [[nodiscard]] Statistics statistics();

  Space* next_unneeded = nullptr;   ///< In a list of whoever held the last reference.

 private:
  friend class Memory;
  friend class Object;
  template <class> friend class Slab;
  Space(Memory& memory, Account& account);

  using Iterator = RegionTree::iterator;

  // Regions (regions.cpp).
  Iterator first_after(u64 address) HINGE_REQUIRES(lock_);               ///< First with end > address.
  Region* region_at(u64 address) HINGE_REQUIRES(lock_);                  ///< Null in a hole.
  bool is_free(u64 begin, u64 end) HINGE_REQUIRES(lock_);
  bool is_covered(u64 begin, u64 end) HINGE_REQUIRES(lock_);             ///< No hole.
  Result<u64> find_gap(u64 bytes) HINGE_REQUIRES(lock_);
  Result<u64> choose_place(Mapping const& m, u64 bytes) HINGE_REQUIRES(lock_);
  /// A region that is not in the tree yet, so that what can fail comes before what is removed.
  Result<Region*> make_region(u64 begin, u64 end, RegionKind const& kind, Ref<Object> object, u64 offset);
  /// `like`: the region of this space whose pages it takes over, or null.
  Region& link(Region& region, Region const* like) HINGE_REQUIRES(lock_);
  /// Both at once.
  Result<Region*> insert(u64 begin, u64 end, RegionKind const& kind, Ref<Object> object, u64 offset, Region const* like)
      HINGE_REQUIRES(lock_);
  void erase(Region& region, Region* into = nullptr) HINGE_REQUIRES(lock_);
  Region& merge_around(Region& region) HINGE_REQUIRES(lock_);            ///< The region that has its range now.
  Result<> split_at(u64 address) HINGE_REQUIRES(lock_);
  Result<> isolate(u64 begin, u64 end) HINGE_REQUIRES(lock_);            ///< Regions end at both addresses.
  void remove_range(u64 begin, u64 end) HINGE_REQUIRES(lock_);           ///< Isolated before: regions and pages go.
  Result<> grow_stack(u64 address) HINGE_REQUIRES(lock_);
  void describe(Region const& region, RegionInfo& info) HINGE_REQUIRES(lock_);

  // Pages (space_pages.cpp, space_fault.cpp).
  void release_pages(u64 begin, u64 end, Batch& batch) HINGE_REQUIRES(lock_);
  void withdraw_pages(Region& region, u64 first, u64 pages) HINGE_REQUIRES(lock_);
  void protect_pages(Region const& region, Batch& batch) HINGE_REQUIRES(lock_);
  /// Small pages instead of a huge one: the one that `address` is inside of, if any; this one; all in a range.
  Result<> split_page(u64 address) HINGE_REQUIRES(lock_);
  Result<> split_page(Entry& huge, u64 address) HINGE_REQUIRES(lock_);
  Result<> split_pages(u64 begin, u64 end) HINGE_REQUIRES(lock_);
  Result<> move_pages(u64 from, u64 to, u64 bytes) HINGE_REQUIRES(lock_);
  [[nodiscard]] Protection leaf_protection(Region const& region, Entry leaf) const;
  u64 count_resident(u64 begin, u64 end) HINGE_REQUIRES(lock_);
  Result<Region*> region_for_access(u64 address) HINGE_REQUIRES(lock_);
  /// The leaf of a page that now allows the access. `force`: as a debugger may, see copy.
  Result<Entry*> serve(Region& region, u64 address, Access access, bool force) HINGE_REQUIRES(lock_);
  /// Where the region holds all of them, there is nothing yet and memory is plenty: 2 MiB at once. Else small pages do.
  void fill_huge(Region& region, u64 address) HINGE_REQUIRES(lock_);
  Result<> fill(Region& region, u64 address, Entry* leaf, bool write) HINGE_REQUIRES(lock_);
  void fill_around(Region& region, u64 address, Entry* leaf) HINGE_REQUIRES(lock_);
  Result<> make_own(Region& region, u64 address, Entry* leaf) HINGE_REQUIRES(lock_);
  template <class F>
  Result<u64> copy_pages(u64 user, u64 bytes, bool write, F&& transfer);
  Result<> clone_pages(Space& child, u64 begin, u64& end, u32& budget, Batch& batch) HINGE_REQUIRES(lock_, child.lock_);

  Memory& memory_;
  Account& account_;
  std::atomic<CpuMask> cpus_{0};
  Lock<Rank::space> lock_;
  Root own_, view_;
  std::atomic<Root const*> shown_{nullptr};          ///< The domain of the view.
  PageTree tree_;
  RegionTree regions_;
};

/// The end of the whole pages from `address` on that hold `bytes`; invalid unless address is page-aligned, bytes is not 0
/// and the range lies in a process' half.
Result<u64> range_end(u64 address, u64 bytes);

}  // namespace hinge::nucleus::mm
