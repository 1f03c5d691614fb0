// The block map of ext2 and ext3: twelve blocks named in the inode, then one, two and three levels of blocks full of
// numbers. 0 is a hole of whatever size it stands for. Specification: section "Direct/Indirect Block Addressing".
#include "services/ext4/mapping.hpp"

namespace hinge::ext4 {
namespace {

constexpr u32 direct_blocks = 12, levels = 3;

/// Runs within a table of block numbers, of which each stands for one block; from entry `i` on.
Result<Run> run_in_table(Session const& session, Inode const& inode, Bytes table, u64 i, BlockNumber where) {
  u64 const count = table.size() / sizeof(u32);
  u64 const first = load<u32>(table, i * sizeof(u32));
  u64 n = 1;
  while (i + n < count && load<u32>(table, (i + n) * sizeof(u32)) == (first ? first + n : 0)) ++n;
  if (first && !session.geometry().contains(first, n)) return session.corrupt("block map: block out of range", inode.number, where);
  return Run{n, BlockNumber{first}, first == 0};
}

}  // namespace

Result<Run> find_run_in_block_map(Session const& session, Inode const& inode, FileBlock from) {
  Geometry const& g = session.geometry();
  u64 const per_table = g.block_bytes / sizeof(u32);
  u64 rest = from.raw();
  if (rest < direct_blocks) return run_in_table(session, inode, inode.map().first(direct_blocks * sizeof(u32)), rest, inode.table->number());
  rest -= direct_blocks;
  u64 reach = per_table;  // Blocks below one number of this level.
  u32 level = 1;
  for (; rest >= reach; ++level, reach *= per_table) {
    rest -= reach;
    if (level == levels) return session.corrupt("block map: a block beyond the largest file", inode.number, inode.table->number());
  }
  u64 number = load<u32>(inode.map(), (direct_blocks + level - 1) * sizeof(u32));
  BlockNumber where = inode.table->number();
  for (;; --level) {
    if (number == 0) return Run{reach - rest, {}, true};
    if (!g.contains(number, 1)) return session.corrupt("block map: table out of range", inode.number, where);
    where = BlockNumber{number};
    BlockRef const table = TRY(session.block(where));
    reach /= per_table;  // Now below one entry of this table.
    if (level == 1) return run_in_table(session, inode, table->bytes(), rest, where);
    number = load<u32>(table->bytes(), rest / reach * sizeof(u32));
    rest %= reach;
  }
}

}  // namespace hinge::ext4
