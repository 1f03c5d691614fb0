#include "services/ext4/seal.hpp"

#include <algorithm>

#include "services/ext4/attributes.hpp"
#include "services/ext4/checksum.hpp"
#include "services/ext4/format/extent.hpp"
#include "services/ext4/htree.hpp"

namespace hinge::ext4 {
namespace {

using format::GroupDescriptor;
using format::Superblock;

struct DescriptorPlace { BlockNumber block; u32 offset; };

DescriptorPlace place_of(Geometry const& g, u32 group) {
  u64 const at = u64{group} * g.descriptor_bytes;
  return {BlockNumber{g.first_data_block + 1 + at / g.block_bytes}, u32(at % g.block_bytes)};
}

void seal_bitmap(Session const& session, ChangedBlock const& changed) {
  Geometry const& g = session.geometry();
  bool const blocks = changed.use.kind == BlockKind::block_bitmap;
  u32 const bits = blocks ? g.blocks_per_group : g.inodes_per_group;
  u32 const sum = crc32c(g.checksum_seed, changed.block->bytes().first(bits / 8));
  auto const [number, offset] = place_of(g, changed.use.owner);
  BlockRef const table = session.volume().cache.find({session.volume().identity, number.raw()});
  if (!table) return;
  auto const bytes = table->writable().subspan(offset, g.descriptor_bytes);
  using D = GroupDescriptor;
  store(bytes, blocks ? offsetof(D, block_bitmap_checksum_low) : offsetof(D, inode_bitmap_checksum_low), u16(sum));
  if (g.descriptor_bytes >= sizeof(D))
    store(bytes, blocks ? offsetof(D, block_bitmap_checksum_high) : offsetof(D, inode_bitmap_checksum_high), u16(sum >> 16));
}

void seal_descriptors(Geometry const& g, ChangedBlock const& changed) {
  u32 const per_block = g.block_bytes / g.descriptor_bytes;
  u32 const first = u32(changed.block->number().raw() - g.first_data_block - 1) * per_block;
  for (u32 i = 0; i < per_block && first + i < g.groups; ++i) {
    auto const bytes = changed.block->writable().subspan(i * g.descriptor_bytes, g.descriptor_bytes);
    store(bytes, offsetof(GroupDescriptor, checksum), group_checksum(g, first + i, bytes));
  }
}

void seal_inodes(Session const& session, ChangedBlock const& changed) {
  u32 const size = session.geometry().inode_bytes;
  for (u32 i = 0; i < session.geometry().block_bytes / size; ++i) {
    if (!(changed.parts >> i & 1)) continue;
    auto const bytes = changed.block->writable().subspan(i * size, size);
    u32 const sum = inode_checksum(session, changed.use.owner + i, bytes);
    store(bytes, offsetof(format::Inode, checksum_low), u16(sum));
    constexpr u32 high = offsetof(format::Inode, checksum_high);
    if (size > format::Inode::short_bytes && load<u16>(bytes, offsetof(format::Inode, extra_bytes)) >= high + sizeof(u16) - format::Inode::short_bytes)
      store(bytes, high, u16(sum >> 16));
  }
}

/// What belongs to one inode has its checksum at its end.
void seal_owned(Session const& session, ChangedBlock const& changed) {
  Inode owner{};
  owner.number = changed.use.owner;
  owner.raw.generation = changed.use.generation;
  auto const bytes = changed.block->writable();
  switch (changed.use.kind) {
    case BlockKind::leaf: return store(bytes, bytes.size() - sizeof(u32), leaf_checksum(session, owner, bytes));
    case BlockKind::extents: {
      u32 const tail = sizeof(format::ExtentHeader) + load<format::ExtentHeader>(bytes, 0).capacity * u32{sizeof(format::Extent)};
      return store(bytes, tail, extent_checksum(session, owner, bytes));
    }
    case BlockKind::hash_tree: {
      bool const root = load<format::DirectoryEntry>(bytes, 0).record_bytes != bytes.size();
      u32 const at = root ? format::HashRoot::entries_offset : format::hash_node_entries_offset;
      u32 const tail = at + load<format::HashCount>(bytes, at).capacity * u32{sizeof(format::HashEntry)};
      return store(bytes, tail + offsetof(format::HashTail, checksum), tree_checksum(session, owner, bytes, at));
    }
    default: return;
  }
}

bool has_high_counts(Bytes superblock) {
  return load<u32>(superblock, offsetof(Superblock, features_incompatible)) & format::incompatible::bit64;
}

}  // namespace

void seal(Session const& session, Transaction& transaction) {
  Geometry const& g = session.geometry();
  if (g.checksums)
    for (ChangedBlock const& b : transaction.blocks())
      if (b.block && (b.use.kind == BlockKind::block_bitmap || b.use.kind == BlockKind::inode_bitmap)) seal_bitmap(session, b);
  for (ChangedBlock const& b : transaction.blocks()) {
    if (!b.block) continue;
    if (b.use.kind == BlockKind::descriptors && (g.checksums || g.descriptor_checksums)) seal_descriptors(g, b);
    if (!g.checksums) continue;
    if (b.use.kind == BlockKind::inodes) seal_inodes(session, b);
    else if (b.use.kind == BlockKind::attributes)
      store(b.block->writable(), offsetof(format::AttributeBlockHeader, checksum), attribute_checksum(session, b.block->number(), b.block->bytes()));
    else seal_owned(session, b);
  }
}

bool superblock_counts(Bytes bytes, Space const& space) {
  u64 const high = has_high_counts(bytes) ? load<u32>(bytes, offsetof(Superblock, free_blocks_high)) : 0;
  return join(high, load<u32>(bytes, offsetof(Superblock, free_blocks_low))) == space.free_blocks &&
         load<u32>(bytes, offsetof(Superblock, free_inodes)) == space.free_inodes;
}

void seal_superblock(Geometry const& g, std::span<u8> bytes, Space const& space) {
  store(bytes, offsetof(Superblock, free_blocks_low), u32(space.free_blocks));
  if (has_high_counts(bytes)) store(bytes, offsetof(Superblock, free_blocks_high), u32(space.free_blocks >> 32));
  store(bytes, offsetof(Superblock, free_inodes), u32(space.free_inodes));
  constexpr u32 checksum = offsetof(Superblock, checksum);
  if (g.checksums) store(bytes, checksum, crc32c(checksum_start, bytes.first(checksum)));
}

}  // namespace hinge::ext4
