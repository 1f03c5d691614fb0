// What the nucleus and the holders of memory tell each other: mappings, regions, kinds of memory objects.
// Plain structs that cross by pointer; the operations on them stand in host/host.hpp.
#pragma once

#include <type_traits>

#include "abi/native.hpp"
#include "base/types.hpp"

namespace hinge {

enum class ObjectKind : u32 {
  anonymous,   ///< Zero-filled on demand by the nucleus; what shared anonymous mappings are made of.
  held,        ///< Filled by its holder with object_supply; absent pages fault to the process' personality.
};

enum class MapFlag : u32 {
  shared = 1,           ///< Stores go to the object. Without it: private, copied on write.
  fixed = 2,            ///< Exactly at `address`; replaces what is there.
  fixed_noreplace = 4,  ///< Exactly at `address`, or Error::exists.
  grows_down = 8,       ///< A touch below the region extends it (private anonymous memory only).
  populate = 16,        ///< Fills the first pages at once, as far as that needs nobody's help.
  large_pages = 32,     ///< A store may be served by 2 MiB at once, while there is plenty (private anonymous memory only).
};
constexpr bool has(u32 flags, MapFlag one) { return (flags & u32(one)) != 0; }

struct Mapping {
  u64 address;                 ///< A wish, or the place with MapFlag::fixed. Page-aligned.
  u64 bytes;                   ///< Rounded up to pages; at least 1.
  Protection protection;
  Protection maximum;          ///< What space_protect may raise it to.
  u32 flags;                   ///< MapFlag bits.
  Handle object;               ///< no_handle: anonymous.
  u64 offset;                  ///< Into the object, page-aligned. With grows_down: the lowest address it may grow to
                               ///< (0: 8 MiB below its end).
  u64 opaque[2];               ///< The holder's: kept per region, offsets NOT adjusted when a region is split.
};
static_assert(std::is_trivially_copyable_v<Mapping> && sizeof(Mapping) == 56);

struct RegionInfo {
  u64 begin, end;
  Protection protection, maximum;
  u32 flags;
  u32 object;                  ///< The mapper's handle of the object at that time, 0 if anonymous.
  u64 offset;                  ///< Into the object at `begin`; with grows_down as in Mapping.
  u64 opaque[2];
  u64 resident;                ///< Frames present; counted by space_query when asked.
};
/// What space_query counts: nothing, or the frames of the region, or of the whole space.
enum class Resident : u64 { none, of_region, of_space };
static_assert(std::is_trivially_copyable_v<RegionInfo> && sizeof(RegionInfo) == 64);

}  // namespace hinge
