#include "services/ext4/allocate.hpp"

#include <algorithm>

#include "services/ext4/inode.hpp"

namespace hinge::ext4 {
namespace {

using format::GroupDescriptor;

/// Changes a group's descriptor: f(GroupDescriptor&).
template <class F>
Result<> change_group(Change& change, u32 group, F&& f) {
  Geometry const& g = change.geometry();
  auto d = TRY(read_group(change.session(), group));
  f(d);
  u64 const at = u64{group} * g.descriptor_bytes;
  BlockRef const block = TRY(change.session().block(BlockNumber{g.first_data_block + 1 + at / g.block_bytes}));
  u32 const bytes = std::min<u32>(sizeof d, g.descriptor_bytes);
  std::memcpy(TRY(change.edit(block, {BlockKind::descriptors}, u32(at % g.block_bytes), bytes)).data(), &d, bytes);
  return ok;
}

/// The block bitmap of a group, made if it never was.
Result<BlockRef> block_bitmap(Change& change, u32 group) {
  Geometry const& g = change.geometry();
  auto const d = TRY(read_group(change.session(), group));
  BlockNumber const number{d.block_bitmap()};
  if (!g.contains(number.raw(), 1)) return change.session().corrupt("group descriptor: block bitmap out of range", 0, number);
  if (!(d.flags & GroupDescriptor::block_uninitialised)) return change.session().block(number);
  BlockRef bitmap = TRY(change.session().block(number));
  auto const bytes = TRY(change.edit(bitmap, {BlockKind::block_bitmap, group}, 0, g.block_bytes));
  initial_block_bitmap(g, group, d, bytes);
  TRY(change_group(change, group, [](GroupDescriptor& c) { c.flags &= u16(~GroupDescriptor::block_uninitialised); }));
  return bitmap;
}

Result<BlockRef> inode_bitmap(Change& change, u32 group) {
  Geometry const& g = change.geometry();
  auto const d = TRY(read_group(change.session(), group));
  BlockNumber const number{d.inode_bitmap()};
  if (!g.contains(number.raw(), 1)) return change.session().corrupt("group descriptor: inode bitmap out of range", 0, number);
  BlockRef bitmap = TRY(change.session().block(number));
  if (!(d.flags & GroupDescriptor::inode_uninitialised)) return bitmap;
  auto const bytes = TRY(change.edit(bitmap, {BlockKind::inode_bitmap, group}, 0, g.block_bytes));
  std::fill(bytes.begin(), bytes.end(), u8{0});
  set_bits(bytes, g.inodes_per_group, g.block_bytes * 8 - g.inodes_per_group, true);
  TRY(change_group(change, group, [](GroupDescriptor& c) { c.flags &= u16(~GroupDescriptor::inode_uninitialised); }));
  return bitmap;
}

/// Turns bits [first, first + count) of a bitmap, which must all be the other way.
Result<> turn_bits(Change& change, BlockRef const& bitmap, BlockUse use, u32 first, u32 count, bool set) {
  if (!all_bits(bitmap->bytes(), first, count, !set))
    return change.session().corrupt(set ? "bitmap: what was chosen is in use" : "bitmap: what is in use is free in it", 0, bitmap->number());
  u32 const begin = first / 8, end = (first + count + 7) / 8;
  auto const bytes = TRY(change.edit(bitmap, use, begin, end - begin));
  set_bits(bytes, first - begin * 8, count, set);
  return ok;
}

/// One group's part of a run.
Result<> turn_blocks(Change& change, u32 group, u32 first, u32 count, bool set) {
  BlockRef const bitmap = TRY(block_bitmap(change, group));
  TRY(turn_bits(change, bitmap, {BlockKind::block_bitmap, group}, first, count, set));
  TRY(change_group(change, group, [&](GroupDescriptor& d) { d.set_free_blocks(set ? d.free_blocks() - count : d.free_blocks() + count); }));
  change.space().free_blocks += set ? -u64{count} : u64{count};
  return ok;
}

}  // namespace

Result<> take_blocks(Change& change, BlockRun run) {
  Geometry const& g = change.geometry();
  if (run.count == 0 || !g.contains(run.first, run.count)) return fail(Error::corrupt);
  u32 const group = group_of_block(g, run.first), first = u32(run.first - first_block_of(g, group));
  if (run.count > blocks_in_group(g, group) - first) return fail(Error::corrupt);
  return turn_blocks(change, group, first, run.count, true);
}

Result<BlockNumber> take_metadata_block(Change& change, u64 goal, bool needed) {
  u64 const number = TRY(change.choose([&]() -> Result<u64> {
    if (!change.space().has_room(1, needed)) return fail(Error::no_space);
    return TRY(change.space().pick(change.session(), goal, 1)).first;
  }));
  TRY(take_blocks(change, {number, 1}));
  return BlockNumber{number};
}

Result<> free_blocks(Change& change, BlockRun run, bool metadata) {
  Geometry const& g = change.geometry();
  if (run.count == 0 || !g.contains(run.first, run.count)) return change.session().corrupt("blocks beyond the file system", 0, BlockNumber{run.first});
  TRY(change.give_up(run, metadata));
  while (run.count > 0) {
    u32 const group = group_of_block(g, run.first), first = u32(run.first - first_block_of(g, group));
    u32 const n = std::min(run.count, g.blocks_per_group - first);
    TRY(turn_blocks(change, group, first, n, false));
    run.first += n;
    run.count -= n;
  }
  return ok;
}

Result<u32> take_inode(Change& change, u32 parent, bool directory) {
  Geometry const& g = change.geometry();
  u32 const number = u32(TRY(change.choose([&]() -> Result<u64> { return TRY(change.space().pick_inode(change.session(), parent, directory)); })));
  if (number < g.first_inode || number > g.inodes) return fail(Error::corrupt);
  u32 const group = (number - 1) / g.inodes_per_group, index = (number - 1) % g.inodes_per_group;
  BlockRef const bitmap = TRY(inode_bitmap(change, group));
  TRY(turn_bits(change, bitmap, {BlockKind::inode_bitmap, group}, index, 1, true));
  (void)TRY(block_bitmap(change, group));  // A group with inodes counts as used altogether.
  TRY(change_group(change, group, [&](GroupDescriptor& d) {
    d.set_free_inodes(d.free_inodes() - 1);
    if (directory) d.set_used_directories(d.used_directories() + 1);
    if (g.checksums || g.descriptor_checksums) d.set_unused_inodes(std::min(d.unused_inodes(), g.inodes_per_group - index - 1));
  }));
  --change.space().free_inodes;
  auto const place = TRY(find_inode(change.session(), number));
  BlockRef const table = TRY(change.session().block(place.block));
  u32 const part = place.offset / g.inode_bytes;
  auto const bytes = TRY(change.edit(table, {BlockKind::inodes, number - part}, place.offset, g.inode_bytes));
  u32 const generation = load<u32>(bytes, offsetof(format::Inode, generation));
  std::fill(bytes.begin(), bytes.end(), u8{0});
  store(bytes, offsetof(format::Inode, generation), generation);
  change.note_inode(table, part, true);
  return number;
}

Result<> free_inode(Change& change, u32 number, bool directory) {
  Geometry const& g = change.geometry();
  u32 const group = (number - 1) / g.inodes_per_group, index = (number - 1) % g.inodes_per_group;
  BlockRef const bitmap = TRY(inode_bitmap(change, group));
  TRY(turn_bits(change, bitmap, {BlockKind::inode_bitmap, group}, index, 1, false));
  TRY(change_group(change, group, [&](GroupDescriptor& d) {
    d.set_free_inodes(d.free_inodes() + 1);
    if (directory) d.set_used_directories(d.used_directories() - 1);
  }));
  ++change.space().free_inodes;
  return ok;
}

}  // namespace hinge::ext4
