// Where data lies: what was written, what is promised, what is allocated ahead or taken away.
#include <algorithm>

#include "services/ext4/apply.hpp"
#include "services/ext4/extents_change.hpp"

namespace hinge::ext4 {
namespace {

constexpr u32 extents_in_one_step = 12;

Result<Inode> regular_file(Session const& session, InodeNumber number) {
  Inode inode = TRY(read_inode(session, u32(number.raw())));
  if (inode.type() != FileType::regular) return fail(Error::invalid);
  if (!inode.has(format::Inode::extents)) return fail(Error::not_supported);
  return inode;
}

void change_times(Inode& inode, i64 now_ns) {
  if (now_ns == 0) return;
  set_modify_time(inode, now_ns);
  set_change_time(inode, now_ns);
}

/// Data was written to blocks that were chosen for a hole, or allocated before. busy: the file has changed meanwhile.
Result<> map_piece(Change& change, Inode& inode, WrittenPiece const& p) {
  ExtentTree tree{change, inode};
  Run const run = TRY(find_run(change.session(), inode, FileBlock{p.block}));
  if (!run.hole || run.blocks < p.count) return fail(Error::busy);
  format::Extent e{};
  bool const unwritten = TRY(tree.find(p.block, e)) && u64{e.block} + e.blocks() > p.block;
  if (unwritten != p.mapped) return fail(Error::busy);
  if (p.mapped) {
    if (e.start() + (p.block - e.block) != p.start) return fail(Error::busy);
    (void)TRY(tree.remove(p.block, u64{p.block} + p.count, ~u32{0}, true));
    return tree.insert(p.block, {p.start, p.count}, false);
  }
  Space& space = change.space();
  TRY(take_blocks(change, {p.start, p.count}));
  space.promised -= std::min<u64>(space.promised, p.count);
  add_blocks(change.geometry(), inode, p.count);
  return tree.insert(p.block, {p.start, p.count}, false);
}

}  // namespace

Result<> apply(Change& change, FileSystem::Write const& m, Outcome&) {
  Inode inode = TRY(regular_file(change.session(), m.inode));
  // All of them before what mapping them chooses.
  WrittenPiece piece[WrittenPiece::max_pieces];
  u64 const pieces = TRY(change.choose([]() -> Result<u64> { return 0; }));
  if (pieces > WrittenPiece::max_pieces) return fail(Error::corrupt);
  for (u64 i = 0; i < pieces; ++i) {
    u64 words[WrittenPiece::words];
    for (u64& w : words) w = TRY(change.choose([]() -> Result<u64> { return fail(Error::corrupt); }));
    piece[i] = WrittenPiece::from(words);
  }
  for (u64 i = 0; i < pieces; ++i) TRY(map_piece(change, inode, piece[i]));
  u64 const size = std::max(inode.size, std::min(m.size, m.offset + m.from.bytes));
  bool const essential = pieces != 0 || size != inode.size;
  inode.size = size;
  change_times(inode, m.change_ns);
  return save(change, inode, essential);
}

Result<> apply(Change& change, FileSystem::Reserve const& m, Outcome& outcome) {
  Space& space = change.space();
  if (m.blocks > 0) {
    if (!change.repeats() && !space.has_room(u64(m.blocks), false)) return fail(Error::no_space);
    space.promised += u64(m.blocks);
  } else {
    space.promised -= std::min(space.promised, u64(-m.blocks));
  }
  outcome.next = space.promised;
  return ok;
}

Result<> apply_allocate(Change& change, RangeStep const& m, Outcome& outcome) {
  Session const& session = change.session();
  Inode inode = TRY(regular_file(session, m.inode));
  ExtentTree tree{change, inode};
  u64 at = m.from;
  for (u32 n = 0; at < m.to; ++n) {
    format::Extent e{};
    bool const any = TRY(tree.find(at, e));
    if (any && u64{e.block} + e.blocks() > at) {
      at = u64{e.block} + e.blocks();
      --n;  // Nothing was done.
      continue;
    }
    if (n == extents_in_one_step) break;
    Run const hole = TRY(find_run(session, inode, FileBlock{at}));
    u32 const want = u32(std::min({hole.blocks, m.to - at, u64{format::Extent::max_written - 1}}));
    u64 const goal = any ? e.start() + e.blocks() : goal_of(change.geometry(), inode);
    BlockRun run{};
    run.first = TRY(change.choose([&]() -> Result<u64> {
      if (!change.space().has_room(want, false)) return fail(Error::no_space);
      run = TRY(change.space().pick(session, goal, want));
      return run.first;
    }));
    run.count = u32(TRY(change.choose([&]() -> Result<u64> { return run.count; })));
    TRY(take_blocks(change, run));
    add_blocks(change.geometry(), inode, run.count);
    TRY(tree.insert(u32(at), run, true));
    at += run.count;
  }
  if (at < m.to) outcome.next = at;
  else if (inode.size < m.new_size) inode.size = m.new_size;
  change_times(inode, m.change_ns);
  outcome.inode = m.inode;
  return save(change, inode);
}

Result<> apply_punch(Change& change, RangeStep const& m, Outcome& outcome) {
  Inode inode = TRY(regular_file(change.session(), m.inode));
  u64 const left = TRY(ExtentTree(change, inode).remove(m.from, m.to, extents_in_one_step));
  if (left != m.from) outcome.next = left;
  change_times(inode, m.change_ns);
  outcome.inode = m.inode;
  return save(change, inode);
}

}  // namespace hinge::ext4
