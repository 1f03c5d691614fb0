// A region: a range of a space's addresses that is mapped alike. Regions of one space do not overlap; they stand in a
// tree by address (Space's lock), and those of an object also in the object's list (Object's lock).
#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>

#include "abi/memory.hpp"
#include "base/ref.hpp"

namespace hinge::nucleus::mm {

class Object;
class Space;

/// What a region is, apart from where.
struct RegionKind {
  Protection protection = Protection::none;
  Protection maximum = Protection::none;
  u32 flags = 0;                       ///< MapFlag::shared, grows_down and large_pages.
  u32 object_handle = 0;               ///< As the mapper called it; only reported back.
  u64 lowest = 0;                      ///< With grows_down: it may be extended to here.
  u64 opaque[2] = {};
  friend bool operator==(RegionKind const&, RegionKind const&) = default;
};

struct alignas(64) Region {
  using TreeHook = boost::intrusive::set_member_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>;
  using ListHook = boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>;

  Region(Space& of, u64 from, u64 to, RegionKind const& what, Ref<Object> backing, u64 at)
      : space{of}, begin{from}, end{to}, kind{what}, object{static_cast<Ref<Object>&&>(backing)}, offset{at} {}

  Space& space;
  u64 begin, end;                      ///< Page-aligned, begin < end.
  RegionKind kind;
  Ref<Object> object;                  ///< Null: anonymous private memory.
  u64 offset;                          ///< Into the object, of `begin`.
  u64 withdraw_pass = 0;               ///< The object's last withdraw that has been here. Object's lock.
  TreeHook tree_hook;
  ListHook list_hook;

  [[nodiscard]] bool shared() const { return has(kind.flags, MapFlag::shared); }
  [[nodiscard]] bool grows_down() const { return has(kind.flags, MapFlag::grows_down); }
  [[nodiscard]] u64 page_of(u64 address) const { return (offset + (address - begin)) / page_bytes; }
  /// Whether `next`, which begins where this ends, could be the same region.
  [[nodiscard]] bool continues(Region const& next) const {
    return end == next.begin && kind == next.kind && object == next.object &&
           (!object || offset + (end - begin) == next.offset);
  }

  struct Begin {
    using type = u64;
    type const& operator()(Region const& r) const { return r.begin; }
  };
};

using RegionTree = boost::intrusive::set<Region, boost::intrusive::member_hook<Region, Region::TreeHook, &Region::tree_hook>,
                                         boost::intrusive::key_of_value<Region::Begin>,
                                         boost::intrusive::constant_time_size<false>>;
using RegionList = boost::intrusive::list<Region, boost::intrusive::member_hook<Region, Region::ListHook, &Region::list_hook>,
                                          boost::intrusive::constant_time_size<false>>;

}  // namespace hinge::nucleus::mm
