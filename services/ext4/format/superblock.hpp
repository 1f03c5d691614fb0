// The superblock, 1024 bytes at byte 1024 of the file system, and the features it announces.
// Specification: "ext4 Data Structures and Algorithms" (kernel.org), section "Super Block".
#pragma once

#include "services/ext4/format/bytes.hpp"

namespace hinge::ext4::format {

inline constexpr u64 superblock_offset = 1024;
inline constexpr u16 superblock_magic = 0xef53;

/// s_feature_compat: who does not know one may still read and write.
namespace compatible {
inline constexpr u32 has_journal = 0x4, dir_index = 0x20, sparse_super2 = 0x200;
}
/// s_feature_incompat: who does not know one must not touch the file system.
namespace incompatible {
inline constexpr u32 filetype = 0x2, recover = 0x4, extents = 0x40, bit64 = 0x80, flex_bg = 0x200, csum_seed = 0x2000,
                     large_dir = 0x4000;
}
/// s_feature_ro_compat: who does not know one may only read.
namespace read_only_compatible {
inline constexpr u32 sparse_super = 0x1, large_file = 0x2, btree_dir = 0x4, huge_file = 0x8, gdt_csum = 0x10, dir_nlink = 0x20,
                     extra_isize = 0x40, quota = 0x100, metadata_csum = 0x400, read_only = 0x1000, project = 0x2000,
                     shared_blocks = 0x4000, verity = 0x8000, orphan_present = 0x1'0000;
}

struct Superblock {
  static constexpr u32 unsigned_hash = 0x2;   ///< In `flags`: names are hashed as unsigned characters.
  static constexpr u8 checksum_crc32c = 1;    ///< The one known checksum_type.

  u32 inodes_count, blocks_count_low, reserved_blocks_low, free_blocks_low, free_inodes, first_data_block;
  u32 log_block_size;                         ///< Block bytes are 1024 << this.
  u32 log_cluster_size, blocks_per_group, clusters_per_group, inodes_per_group;
  u32 mount_time, write_time;
  u16 mount_count, max_mount_count, magic, state, errors, minor_revision;
  u32 last_check, check_interval, creator_os;
  u32 revision;                               ///< 0: fixed inode size and no features.
  u16 reserved_user, reserved_group;
  u32 first_inode;
  u16 inode_size, block_group;
  u32 features_compatible, features_incompatible, features_read_only;
  u8 uuid[16];
  char volume_name[16], last_mounted[64];
  u32 algorithm_bitmap;
  u8 preallocate_blocks, preallocate_directory_blocks;
  u16 reserved_descriptor_blocks;
  u8 journal_uuid[16];
  u32 journal_inode, journal_device, last_orphan;
  u32 hash_seed[4];
  u8 hash_version, journal_backup_type;
  u16 descriptor_size;
  u32 mount_options, first_meta_group, make_time;
  u32 journal_blocks[17];
  u32 blocks_count_high, reserved_blocks_high, free_blocks_high;
  u16 min_extra_isize, want_extra_isize;
  u32 flags;
  u16 raid_stride, mmp_interval;
  u64 mmp_block;
  u32 raid_stripe_width;
  u8 log_groups_per_flex, checksum_type;
  u16 reserved;
  u64 kilobytes_written;
  u32 snapshots[5];
  u32 error_records[27];
  u8 more_options[64];
  u32 user_quota_inode, group_quota_inode;
  u32 overhead_clusters;
  u32 backup_groups[2];
  u8 encryption[20];
  u32 lost_and_found, project_quota_inode, checksum_seed;
  u32 unused[98];
  u32 checksum;

  [[nodiscard]] u64 blocks_count() const { return join(has(incompatible::bit64) ? blocks_count_high : 0, blocks_count_low); }
  [[nodiscard]] u64 free_blocks() const { return join(has(incompatible::bit64) ? free_blocks_high : 0, free_blocks_low); }
  [[nodiscard]] bool has(u32 incompatible_feature) const { return (features_incompatible & incompatible_feature) != 0; }
};
static_assert(sizeof(Superblock) == 1024);
static_assert(offsetof(Superblock, magic) == 0x38 && offsetof(Superblock, features_compatible) == 0x5c);
static_assert(offsetof(Superblock, uuid) == 0x68 && offsetof(Superblock, journal_inode) == 0xe0);
static_assert(offsetof(Superblock, hash_seed) == 0xec && offsetof(Superblock, descriptor_size) == 0xfe);
static_assert(offsetof(Superblock, blocks_count_high) == 0x150 && offsetof(Superblock, flags) == 0x160);
static_assert(offsetof(Superblock, mmp_block) == 0x168 && offsetof(Superblock, checksum_type) == 0x175);
static_assert(offsetof(Superblock, error_records) == 0x194 && offsetof(Superblock, user_quota_inode) == 0x240);
static_assert(offsetof(Superblock, checksum_seed) == 0x270 && offsetof(Superblock, checksum) == 0x3fc);

}  // namespace hinge::ext4::format
