// Inodes: 128 bytes, and in inodes larger than that as many more as `extra_bytes` says; what then is left of the inode's
// place holds extended attributes. Specification: section "Index Nodes".
#pragma once

#include "services/ext4/format/bytes.hpp"

namespace hinge::ext4::format {

inline constexpr u32 root_inode = 2, journal_inode = 8;

struct Inode {
  static constexpr u32 short_bytes = 128;
  static constexpr u32 map_bytes = 60;
  enum Flag : u32 {
    encrypted = 0x800, indexed = 0x1000, huge_file = 0x4'0000, extents = 0x8'0000, attribute_value = 0x20'0000,
    inline_data = 0x1000'0000, casefold = 0x4000'0000,
  };

  u16 mode, owner_low;
  u32 size_low;
  i32 access_time, change_time, modify_time;
  u32 deletion_time;
  u16 group_low, links;
  u32 blocks_low, flags, version_low;
  u8 map[map_bytes];                 ///< Extent tree root, block map, a short symlink's target, or a device number.
  u32 generation, attributes_low, size_high, fragment;
  u16 blocks_high, attributes_high, owner_high, group_high, checksum_low, reserved;
  // Only in inodes larger than 128 bytes, each only if extra_bytes reaches behind it.
  u16 extra_bytes;                   ///< Counted from this field.
  u16 checksum_high;
  u32 change_time_extra, modify_time_extra, access_time_extra;
  i32 birth_time;
  u32 birth_time_extra, version_high, project;

  /// Whether this inode has the field that ends at that offset.
  [[nodiscard]] bool reaches(u32 end_offset) const { return short_bytes + extra_bytes >= end_offset; }
};
static_assert(sizeof(Inode) == 160 && offsetof(Inode, map) == 0x28 && offsetof(Inode, generation) == 0x64);
static_assert(offsetof(Inode, size_high) == 0x6c && offsetof(Inode, checksum_low) == 0x7c);
static_assert(offsetof(Inode, extra_bytes) == Inode::short_bytes && offsetof(Inode, birth_time) == 0x90);

}  // namespace hinge::ext4::format
