// Checks of the superblock, each with its line in the log.
#include "services/ext4/geometry.hpp"

#include <algorithm>
#include <bit>

#include "host/log.hpp"
#include "services/ext4/checksum.hpp"
#include "services/ext4/format/directory.hpp"
#include "services/ext4/format/group.hpp"
#include "services/ext4/format/inode.hpp"

namespace hinge::ext4 {
namespace {

using format::Superblock;

constexpr u64 max_blocks = u64{1} << 48;
constexpr u32 max_log_block_size = 2;
constexpr u32 old_first_inode = 11;

std::unexpected<Error> corrupt(char const* what, u64 value) {
  host::log("bad superblock: {} ({})", what, value);
  return fail(Error::corrupt);
}

Result<> read_blocks(Superblock const& s, u64 bytes, Geometry& g) {
  if (s.log_block_size > max_log_block_size) {
    host::log("the file system's blocks are of 2^{} bytes: only 1, 2 and 4 KiB are supported", u64{s.log_block_size} + 10);
    return fail(Error::not_supported);
  }
  g.block_bytes = 1024u << s.log_block_size;
  g.blocks = s.blocks_count();
  g.first_data_block = s.first_data_block;
  g.blocks_per_group = s.blocks_per_group;
  if (g.first_data_block != (g.block_bytes == 1024 ? 1 : 0)) return corrupt("first data block", g.first_data_block);
  if (g.blocks <= u64{g.first_data_block} + 1 || g.blocks > max_blocks) return corrupt("number of blocks", g.blocks);
  if (g.blocks > bytes / g.block_bytes) return corrupt("more blocks than the partition has room for", g.blocks);
  if (g.blocks_per_group < 8 || g.blocks_per_group > 8 * g.block_bytes) return corrupt("blocks in a group", g.blocks_per_group);
  u64 const groups = (g.blocks - g.first_data_block + g.blocks_per_group - 1) / g.blocks_per_group;
  if (groups > ~u32{0}) return corrupt("number of groups", groups);
  g.groups = u32(groups);
  return ok;
}

Result<> read_inodes(Superblock const& s, Geometry& g) {
  g.inode_bytes = s.revision == 0 ? format::Inode::short_bytes : s.inode_size;
  g.first_inode = s.revision == 0 ? old_first_inode : s.first_inode;
  g.inodes = s.inodes_count;
  g.inodes_per_group = s.inodes_per_group;
  if (!std::has_single_bit(g.inode_bytes) || g.inode_bytes < format::Inode::short_bytes || g.inode_bytes > g.block_bytes)
    return corrupt("bytes of an inode", g.inode_bytes);
  if (g.inodes_per_group < 8 || g.inodes_per_group > 8 * g.block_bytes) return corrupt("inodes in a group", g.inodes_per_group);
  if (u64{g.groups} * g.inodes_per_group != g.inodes) return corrupt("number of inodes", g.inodes);
  if (g.first_inode < old_first_inode || g.first_inode > g.inodes) return corrupt("first inode", g.first_inode);
  bool const has_journal = s.features_compatible & format::compatible::has_journal;
  g.journal_inode = has_journal ? s.journal_inode : 0;
  if (g.journal_inode != 0 && g.journal_inode != format::journal_inode) return corrupt("journal inode", g.journal_inode);
  return ok;
}

Result<> read_descriptors(Superblock const& s, Geometry& g) {
  g.descriptor_bytes = s.has(format::incompatible::bit64) ? s.descriptor_size : format::GroupDescriptor::short_bytes;
  u32 const least = s.has(format::incompatible::bit64) ? sizeof(format::GroupDescriptor) : format::GroupDescriptor::short_bytes;
  if (!std::has_single_bit(g.descriptor_bytes) || g.descriptor_bytes < least || g.descriptor_bytes > 1024)
    return corrupt("bytes of a group descriptor", g.descriptor_bytes);
  u64 const table_blocks = (u64{g.groups} * g.descriptor_bytes + g.block_bytes - 1) / g.block_bytes;
  if (!g.contains(g.first_data_block + 1, table_blocks)) return corrupt("no room for the group descriptors", table_blocks);
  return ok;
}

}  // namespace

Result<> check_checksum(Superblock const& s) {
  if (!(s.features_read_only & format::read_only_compatible::metadata_csum)) return ok;
  if (s.checksum_type != Superblock::checksum_crc32c) {
    host::log("the file system's checksums are of the unknown type {}", s.checksum_type);
    return fail(Error::not_supported);
  }
  u32 const sum = crc32c(checksum_start, bytes_of(s).first(offsetof(Superblock, checksum)));
  if (sum != s.checksum) return corrupt("its checksum does not match", s.checksum);
  return ok;
}

bool Geometry::has_backup(u32 group) const {
  if (group == 0) return true;
  if (sparse_super2) return group == backup_groups[0] || group == backup_groups[1];
  if (!sparse_super || group == 1) return true;
  for (u64 base : {3, 5, 7}) {
    u64 power = base;
    while (power < group) power *= base;
    if (power == group) return true;
  }
  return false;
}

Result<Geometry> read_geometry(Superblock const& s, u64 bytes) {
  if (s.magic != format::superblock_magic) {
    host::log("no ext4 file system: magic {x}", s.magic);
    return fail(Error::corrupt);
  }
  TRY(check_features(s));
  Geometry g{};
  TRY(read_blocks(s, bytes, g));
  TRY(read_inodes(s, g));
  TRY(read_descriptors(s, g));
  using namespace format::read_only_compatible;
  g.checksums = s.features_read_only & metadata_csum;
  g.descriptor_checksums = !g.checksums && (s.features_read_only & gdt_csum);
  g.reserved_descriptor_blocks = s.reserved_descriptor_blocks;
  g.sparse_super = s.features_read_only & sparse_super;
  g.sparse_super2 = s.features_compatible & format::compatible::sparse_super2;
  std::copy(std::begin(s.backup_groups), std::end(s.backup_groups), g.backup_groups);
  g.many_links = s.features_read_only & dir_nlink;
  u32 const room = g.inode_bytes - format::Inode::short_bytes;
  g.extra_inode_bytes = u16(std::min<u32>(room, sizeof(format::Inode) - format::Inode::short_bytes) & ~3u);
  g.file_types = s.has(format::incompatible::filetype);
  g.makes_indices = s.features_compatible & format::compatible::dir_index;
  g.large_directories = s.has(format::incompatible::large_dir);
  g.needs_recovery = s.has(format::incompatible::recover);
  g.unsigned_hash = s.flags & Superblock::unsigned_hash;
  g.hash_version = s.hash_version;
  if (s.hash_version > u8(format::HashVersion::tea_unsigned)) return corrupt("version of the directories' hash", s.hash_version);
  std::copy(std::begin(s.uuid), std::end(s.uuid), g.uuid);
  std::copy(std::begin(s.hash_seed), std::end(s.hash_seed), g.hash_seed);
  g.checksum_seed = s.has(format::incompatible::csum_seed) ? s.checksum_seed : crc32c(checksum_start, s.uuid);
  g.free_blocks = std::min(s.free_blocks(), g.blocks);
  g.overhead_blocks = s.overhead_clusters < g.blocks ? s.overhead_clusters : 0;
  g.free_inodes = std::min(s.free_inodes, g.inodes);
  return g;
}

}  // namespace hinge::ext4
