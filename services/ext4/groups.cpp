#include "services/ext4/groups.hpp"

#include <algorithm>

#include "services/ext4/checksum.hpp"

namespace hinge::ext4 {

using format::GroupDescriptor;

u16 group_checksum(Geometry const& g, u32 group, Bytes bytes) {
  constexpr usize hole = offsetof(GroupDescriptor, checksum);
  if (g.checksums) return u16(crc32c_without<u16>(crc32c_of(g.checksum_seed, group), bytes, hole));
  // The older sum leaves its own field out.
  u16 const sum = crc16(crc16(crc16(u16(checksum_start), g.uuid), bytes_of(group)), bytes.first(hole));
  return crc16(sum, bytes.subspan(hole + sizeof(u16)));
}

Result<GroupDescriptor> read_group(Session const& session, u32 group) {
  Geometry const& g = session.geometry();
  u64 const at = u64{group} * g.descriptor_bytes;
  BlockNumber const number{g.first_data_block + 1 + at / g.block_bytes};
  BlockRef const block = TRY(session.block(number));
  Bytes const bytes = block->bytes().subspan(at % g.block_bytes, g.descriptor_bytes);
  GroupDescriptor d{};
  std::memcpy(&d, bytes.data(), std::min<usize>(sizeof d, bytes.size()));
  u32 const part = u32(at % g.block_bytes / g.descriptor_bytes);
  if ((g.checksums || g.descriptor_checksums) && block->change() == CachedBlock::unchanged && !block->part_proven(u8(ProofKind::groups), part)) {
    if (group_checksum(g, group, bytes) != d.checksum) return session.corrupt("group descriptor: checksum", 0, number);
    block->prove_part(u8(ProofKind::groups), part);
  }
  u64 const table_blocks = (u64{g.inodes_per_group} * g.inode_bytes + g.block_bytes - 1) / g.block_bytes;
  if (!g.contains(d.inode_table(), table_blocks)) return session.corrupt("group descriptor: inode table out of range", 0, number);
  return d;
}

}  // namespace hinge::ext4
