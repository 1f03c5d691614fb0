#include "services/ext4/space.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "services/ext4/format/inode.hpp"

namespace hinge::ext4 {
namespace {

constexpr u32 good_run = 16;         ///< Blocks: a shorter run than wanted is taken at once from here on.
constexpr u32 reserve_share = 50, max_reserve = 1024;

constexpr u32 word_bits = 64;
constexpr u64 all_set = ~u64{0};

bool bit(Bytes bitmap, u32 i) { return bitmap[i / 8] >> (i % 8) & 1; }

/// The word that begins with bit `i`, a multiple of word_bits; a bitmap is a block, and so whole words.
u64 word_at(u8 const* bitmap, u32 i) {
  u64 word;
  std::memcpy(&word, bitmap + i / 8, sizeof word);
  return word;
}

/// The first bit of [from, end) that is clear, or `end`.
u32 first_clear(Bytes bitmap, u32 from, u32 end) {
  for (; from < end && from % word_bits; ++from)
    if (!bit(bitmap, from)) return from;
  for (; from < end; from += word_bits)
    if (u64 const word = word_at(bitmap.data(), from); word != all_set) return std::min(from + u32(std::countr_one(word)), end);
  return end;
}

}  // namespace

bool all_bits(Bytes bitmap, u32 first, u32 count, bool set) {
  for (u32 i = first; i < first + count; ++i)
    if (bit(bitmap, i) != set) return false;
  return true;
}

void set_bits(std::span<u8> bitmap, u32 first, u32 count, bool set) {
  for (u32 i = first; i < first + count; ++i) {
    u8 const mask = u8(1u << (i % 8));
    if (set) bitmap[i / 8] |= mask;
    else bitmap[i / 8] &= u8(~mask);
  }
}

Space::~Space() {
  for (u32 i = 0; i < groups_; ++i) host::release(marks_[i]);
  host::release(marks_);
  host::release(scratch_);
}

Result<> Space::start(Session const& session) {
  Geometry const& g = session.geometry();
  if (!marks_) {
    marks_ = static_cast<u8**>(host::allocate(g.groups * sizeof *marks_));
    if (!marks_) return fail(Error::no_memory);
    std::fill_n(marks_, g.groups, nullptr);
    groups_ = g.groups;
    scratch_ = static_cast<u8*>(host::allocate(g.block_bytes));
    if (!scratch_) return fail(Error::no_memory);
  }
  free_blocks = free_inodes = 0;
  for (u32 i = 0; i < g.groups; ++i) {
    auto const d = TRY(read_group(session, i));
    if (d.free_blocks() > blocks_in_group(g, i) || d.free_inodes() > g.inodes_per_group)
      return session.corrupt("group descriptor: free counts", 0);
    free_blocks += d.free_blocks();
    free_inodes += d.free_inodes();
  }
  reserve = std::min<u64>(g.blocks / reserve_share, max_reserve);
  return ok;
}

u32 blocks_in_group(Geometry const& g, u32 group) {
  return u32(std::min<u64>(g.blocks_per_group, g.blocks - first_block_of(g, group)));
}

void initial_block_bitmap(Geometry const& g, u32 group, format::GroupDescriptor const& d, std::span<u8> into) {
  // Section "Block and Inode Bitmaps": what a group may hold from the start are copies of superblock and descriptors, and
  // with flex_bg other groups' bitmaps and tables.
  std::fill(into.begin(), into.end(), u8{0});
  u64 const begin = first_block_of(g, group), end = begin + blocks_in_group(g, group);
  auto const take = [&](u64 first, u64 count) {
    u64 const from = std::max(first, begin), to = std::min(first + count, end);
    if (from < to) set_bits(into, u32(from - begin), u32(to - from), true);
  };
  if (g.has_backup(group)) take(begin, 1 + g.descriptor_blocks() + g.reserved_descriptor_blocks);
  take(d.block_bitmap(), 1);
  take(d.inode_bitmap(), 1);
  take(d.inode_table(), (u64{g.inodes_per_group} * g.inode_bytes + g.block_bytes - 1) / g.block_bytes);
  set_bits(into, u32(end - begin), u32(into.size() * 8 - (end - begin)), true);
}

Result<BlockRun> Space::search(Session const& session, u32 group, u32 from, u32 want) {
  Geometry const& g = session.geometry();
  auto const d = TRY(read_group(session, group));
  BlockRun best{0, 0};
  if (d.free_blocks() == 0) return best;
  BlockRef block;
  Bytes bitmap{scratch_, g.block_bytes};
  if (d.flags & format::GroupDescriptor::block_uninitialised) {
    initial_block_bitmap(g, group, d, {scratch_, g.block_bytes});
  } else {
    block = TRY(session.block(BlockNumber{d.block_bitmap()}));
    bitmap = block->bytes();
  }
  u8 const* const marks = marks_[group];
  u32 const blocks = blocks_in_group(g, group);
  auto const taken = [&](u32 i) { return bit(bitmap, i) || (marks && marks[i / 8] >> (i % 8) & 1); };
  auto const full_word = [&](u32 i) {
    return i % word_bits == 0 && (word_at(bitmap.data(), i) | (marks ? word_at(marks, i) : 0)) == all_set;
  };
  auto const scan = [&](u32 begin, u32 end) {
    for (u32 i = begin; i < end;) {
      if (full_word(i)) { i += word_bits; continue; }
      if (taken(i)) { ++i; continue; }
      u32 const first = i;
      while (i < blocks && i - first < want && !taken(i)) ++i;
      if (i - first > best.count) best = {first_block_of(g, group) + first, i - first};
      // What begins just at the goal continues what is there: as good as any length.
      if (best.count == want || first == from) return;
    }
  };
  scan(from, blocks);
  if (best.count < want && best.first != first_block_of(g, group) + from) scan(0, std::min(from, blocks));
  return best;
}

Result<BlockRun> Space::pick(Session const& session, u64 goal, u32 want) {
  Geometry const& g = session.geometry();
  if (!g.contains(goal, 1)) goal = g.first_data_block + 1;
  u32 const home = group_of_block(g, goal);
  BlockRun best{0, 0};
  for (u32 i = 0; i < g.groups; ++i) {
    u32 const group = (home + i) % g.groups, from = i == 0 ? u32(goal - first_block_of(g, home)) : 0;
    BlockRun const found = TRY(search(session, group, from, want));
    if (found.count > best.count) best = found;
    if (best.count >= std::min(want, good_run) || (best.count != 0 && best.first == goal)) break;
  }
  if (best.count == 0) return fail(Error::no_space);
  if (!g.contains(best.first, best.count)) return session.corrupt("block bitmap: metadata is free in it", 0, BlockNumber{best.first});
  return best;
}

Result<u32> Space::pick_inode(Session const& session, u32 parent, bool directory) const {
  Geometry const& g = session.geometry();
  if (free_inodes == 0) return fail(Error::no_space);
  u32 home = (parent - 1) / g.inodes_per_group;
  if (directory && parent == format::root_inode) {
    // After Orlov: directories of the root have little to do with each other; each begins where there is most room.
    u32 most = 0;
    for (u32 i = 0; i < g.groups; ++i) {
      auto const d = TRY(read_group(session, i));
      if (u64{d.free_inodes()} * g.groups < free_inodes) continue;
      if (d.free_blocks() > most) most = d.free_blocks(), home = i;
    }
  }
  for (u32 i = 0; i < g.groups; ++i) {
    u32 const group = (home + i) % g.groups;
    auto const d = TRY(read_group(session, group));
    if (d.free_inodes() == 0) continue;
    if (d.flags & format::GroupDescriptor::inode_uninitialised) return group * g.inodes_per_group + std::max(1u, group == 0 ? g.first_inode : 1);
    BlockRef const bitmap = TRY(session.block(BlockNumber{d.inode_bitmap()}));
    u32 const n = first_clear(bitmap->bytes(), group == 0 ? g.first_inode - 1 : 0, g.inodes_per_group);
    if (n < g.inodes_per_group) return group * g.inodes_per_group + n + 1;
  }
  return fail(Error::no_space);
}

Result<> Space::prepare(Geometry const& g, BlockRun run) {
  for (u32 group = group_of_block(g, run.first); group <= group_of_block(g, run.first + run.count - 1); ++group) {
    if (marks_[group]) continue;
    marks_[group] = static_cast<u8*>(host::allocate(g.block_bytes));
    if (!marks_[group]) return fail(Error::no_memory);
    std::fill_n(marks_[group], g.block_bytes, u8{0});
  }
  return ok;
}

void Space::mark(Geometry const& g, BlockRun run, bool held_now) {
  held = held_now ? held + run.count : held - run.count;
  while (run.count > 0) {
    u32 const group = group_of_block(g, run.first), at = u32(run.first - first_block_of(g, group));
    u32 const n = std::min(run.count, g.blocks_per_group - at);
    set_bits({marks_[group], g.block_bytes}, at, n, held_now);
    run.first += n;
    run.count -= n;
  }
}

}  // namespace hinge::ext4
