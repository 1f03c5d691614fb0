// Geometry: what the superblock says, checked once at mount, in the form the rest of the service works with. All
// later arithmetic relies on the bounds stated here.
#pragma once

#include "base/result.hpp"
#include "services/ext4/format/superblock.hpp"

namespace hinge::ext4 {

/// A block of the file system.
using BlockNumber = Strong<struct BlockNumberTag, u64>;
/// A block of a file, directory or symlink.
using FileBlock = Strong<struct FileBlockTag, u64>;

inline constexpr u32 max_block_bytes = 4096;

struct Geometry {
  u64 blocks;                 ///< At most 2^48, and all within the partition.
  u32 block_bytes;            ///< 1024, 2048 or 4096.
  u32 first_data_block;       ///< Where group 0 begins: 1 with 1024-byte blocks, else 0.
  u32 blocks_per_group;       ///< 8 to 8 * block_bytes.
  u32 groups;
  u32 inodes;                 ///< groups * inodes_per_group.
  u32 inodes_per_group;
  u32 inode_bytes;            ///< A power of two, 128 to block_bytes.
  u32 descriptor_bytes;       ///< A power of two, 32 to block_bytes.
  u32 first_inode;            ///< Lower ones are not for names, but for the root.
  u32 journal_inode;          ///< 0: none.
  u32 checksum_seed;
  u32 hash_seed[4];           ///< All zero: the hash's own start.
  u8 hash_version;            ///< Of directories without an index.
  u8 uuid[16];
  bool checksums;             ///< metadata_csum.
  bool descriptor_checksums;  ///< The older gdt_csum.
  bool file_types;            ///< Directory entries tell the type.
  bool makes_indices;         ///< Directories of more than one block get an index.
  bool large_directories;     ///< Three levels of htree, more than 2 GiB.
  bool unsigned_hash;
  bool needs_recovery;
  u64 free_blocks, overhead_blocks;
  u32 free_inodes;
  u32 reserved_descriptor_blocks;
  u32 backup_groups[2];       ///< Where sparse_super2 has copies of the superblock.
  bool sparse_super, sparse_super2;
  bool many_links;            ///< dir_nlink: a directory's count of 1 says: many.
  u16 extra_inode_bytes;      ///< What new inodes have beyond 128 bytes.

  [[nodiscard]] u32 descriptor_blocks() const { return u32((u64{groups} * descriptor_bytes + block_bytes - 1) / block_bytes); }
  /// Whether a group begins with the superblock and the descriptors, or copies of them.
  [[nodiscard]] bool has_backup(u32 group) const;
  /// Whether [first, first + count) are blocks that something may lie in.
  [[nodiscard]] bool contains(u64 first, u64 count) const {
    return first > first_data_block && first < blocks && count <= blocks - first;
  }
};

/// Whether the superblock is as it was written. corrupt, not_supported; the log says which.
[[nodiscard]] Result<> check_checksum(format::Superblock const& superblock);

/// Checks a superblock but for its checksum, for a partition of `bytes` bytes. corrupt, or not_supported; the log says why.
[[nodiscard]] Result<Geometry> read_geometry(format::Superblock const& superblock, u64 bytes);

/// Refuses features that this service does not know; the log names each. read_geometry calls it.
[[nodiscard]] Result<> check_features(format::Superblock const& superblock);

}  // namespace hinge::ext4
