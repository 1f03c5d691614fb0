// Group descriptors: one for each block group, in a table behind the superblock; 32 bytes, or as long as the superblock
// says with the 64bit feature. Specification: section "Block Group Descriptors".
#pragma once

#include "services/ext4/format/bytes.hpp"

namespace hinge::ext4::format {

struct GroupDescriptor {
  static constexpr u32 short_bytes = 32;
  static constexpr u16 inode_uninitialised = 0x1;  ///< In `flags`: no inode of the group was ever used.
  static constexpr u16 block_uninitialised = 0x2;  ///< No block was, beyond what metadata takes; the bitmap is not on the disk.

  u32 block_bitmap_low, inode_bitmap_low, inode_table_low;
  u16 free_blocks_low, free_inodes_low, used_directories_low, flags;
  u32 exclude_bitmap_low;
  u16 block_bitmap_checksum_low, inode_bitmap_checksum_low;
  u16 unused_inodes_low;                           ///< At the end of the inode table, never initialised.
  u16 checksum;
  // Only in long descriptors; zero else.
  u32 block_bitmap_high, inode_bitmap_high, inode_table_high;
  u16 free_blocks_high, free_inodes_high, used_directories_high, unused_inodes_high;
  u32 exclude_bitmap_high;
  u16 block_bitmap_checksum_high, inode_bitmap_checksum_high;
  u32 reserved;

  [[nodiscard]] u64 inode_table() const { return join(inode_table_high, inode_table_low); }
  [[nodiscard]] u64 block_bitmap() const { return join(block_bitmap_high, block_bitmap_low); }
  [[nodiscard]] u64 inode_bitmap() const { return join(inode_bitmap_high, inode_bitmap_low); }
  [[nodiscard]] u32 free_blocks() const { return u32{free_blocks_high} << 16 | free_blocks_low; }
  [[nodiscard]] u32 free_inodes() const { return u32{free_inodes_high} << 16 | free_inodes_low; }
  [[nodiscard]] u32 used_directories() const { return u32{used_directories_high} << 16 | used_directories_low; }
  void set_free_blocks(u32 n) { free_blocks_low = u16(n), free_blocks_high = u16(n >> 16); }
  void set_free_inodes(u32 n) { free_inodes_low = u16(n), free_inodes_high = u16(n >> 16); }
  void set_used_directories(u32 n) { used_directories_low = u16(n), used_directories_high = u16(n >> 16); }
  void set_unused_inodes(u32 n) { unused_inodes_low = u16(n), unused_inodes_high = u16(n >> 16); }
  [[nodiscard]] u32 unused_inodes() const { return u32{unused_inodes_high} << 16 | unused_inodes_low; }
};
static_assert(offsetof(GroupDescriptor, block_bitmap_checksum_high) == 0x38);
static_assert(sizeof(GroupDescriptor) == 64 && offsetof(GroupDescriptor, checksum) == 0x1e);
static_assert(offsetof(GroupDescriptor, inode_table_high) == 0x28 && offsetof(GroupDescriptor, unused_inodes_high) == 0x32);

}  // namespace hinge::ext4::format
