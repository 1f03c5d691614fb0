// A node's first key is what the node above says of it: e2fsck insists. A node that falls empty goes; one that is full is
// split in two, at its end when what comes is behind everything, since files mostly grow there. What fits into the root is
// there: e2fsck has something to say of a tree that could be shorter.
#include "services/ext4/extents_change.hpp"

#include <algorithm>

namespace hinge::ext4 {

using format::ExtentHeader;

namespace {

constexpr u32 max_journaled = 32;   ///< Blocks of a directory freed in one step.

}  // namespace

Result<std::span<u8>> ExtentTree::edit(u32 level, u32 offset, u32 bytes) {
  if (level == 0) return std::span<u8>{inode_.raw.map}.subspan(offset, bytes);
  return change_.edit(levels_[level].block, use(), offset, bytes);
}

Result<> ExtentTree::set_count(u32 level, u32 entries) {
  store(TRY(edit(level, offsetof(ExtentHeader, entries), sizeof(u16))), 0, u16(entries));
  return ok;
}

template <class T>
Result<> ExtentTree::put(u32 level, i32 index, T const& entry) {
  store(TRY(edit(level, offset(index), entry_bytes)), 0, entry);
  return ok;
}

/// Inserts an entry before `index`.
template <class T>
Result<> ExtentTree::open_gap(u32 level, i32 index, T const& entry) {
  u32 const count = header(level).entries;
  if (u32(index) > count || count >= header(level).capacity) return change_.session().corrupt("extent tree: number of entries", inode_.number);
  u32 const moved = (count - u32(index)) * entry_bytes;
  auto const bytes = TRY(edit(level, offset(index), moved + entry_bytes));
  std::memmove(bytes.data() + entry_bytes, bytes.data(), moved);
  store(bytes, 0, entry);
  TRY(set_count(level, count + 1));
  return index == 0 ? fix_keys(level) : Result<>{ok};
}

Result<> ExtentTree::seek(u64 block) {
  // The walk of extents.cpp checks every node on the way.
  (void)TRY(find_run_in_extents(change_.session(), inode_, FileBlock{block}));
  depth_ = header(0).depth;
  for (u32 level = 0;; ++level) {
    i32 low = 0, high = header(level).entries;
    while (low < high) {
      i32 const middle = (low + high) / 2;
      if (at<Index>(level, middle).block <= block) low = middle + 1;
      else high = middle;
    }
    levels_[level].index = low - 1;
    if (level == depth_) return ok;
    levels_[level].index = std::max(low - 1, 0);
    levels_[level + 1].block = TRY(change_.session().block(BlockNumber{at<Index>(level, levels_[level].index).leaf()}));
    ExtentHeader const below = header(level + 1);
    if (below.magic != ExtentHeader::expected_magic || below.depth != depth_ - level - 1 || below.capacity > capacity() || below.entries > below.capacity)
      return change_.session().corrupt("extent tree: node", inode_.number, levels_[level + 1].block->number());
  }
}

Result<> ExtentTree::fix_keys(u32 level) {
  u32 const key = at<Index>(level, 0).block;
  while (level-- > 0) {
    auto entry = at<Index>(level, levels_[level].index);
    entry.block = key;
    TRY(put(level, levels_[level].index, entry));
    if (levels_[level].index > 0) break;
  }
  return ok;
}

Result<> ExtentTree::erase(u32 level, i32 index) {
  if (index < 0 || index >= i32(header(level).entries)) return change_.session().corrupt("extent tree: number of entries", inode_.number);
  u32 const count = header(level).entries - 1u, moved = (count - u32(index)) * entry_bytes;
  if (count == 0 && level > 0) {
    u64 const number = levels_[level].block->number().raw();
    levels_[level].block = BlockRef{};
    TRY(free_blocks(change_, {number, 1}, true));
    add_blocks(change_.geometry(), inode_, -1);
    return erase(level - 1, levels_[level - 1].index);
  }
  auto const bytes = TRY(edit(level, offset(index), moved + entry_bytes));
  std::memmove(bytes.data(), bytes.data() + entry_bytes, moved);
  TRY(set_count(level, count));
  if (count == 0) {
    store(std::span<u8>{inode_.raw.map}, offsetof(ExtentHeader, depth), u16{0});
    return ok;
  }
  return index == 0 ? fix_keys(level) : Result<>{ok};
}

Result<BlockRef> ExtentTree::new_node() {
  auto const first = header(0).entries ? at<Index>(0, 0) : Index{};
  u64 const goal = header(0).depth > 0 ? first.leaf() : goal_of(change_.geometry(), inode_);
  BlockNumber const number = TRY(take_metadata_block(change_, goal, true));
  add_blocks(change_.geometry(), inode_, 1);
  return change_.fresh(number, use());
}

/// The root's entries go into a block of their own, below it.
Result<> ExtentTree::grow() {
  ExtentHeader root = header(0);
  if (root.depth == ExtentHeader::max_depth) return fail(Error::too_big);
  BlockRef const block = TRY(new_node());
  auto const bytes = block->writable();
  std::memcpy(bytes.data(), inode_.raw.map, sizeof inode_.raw.map);
  ExtentHeader below = root;
  below.capacity = u16(capacity());
  store(bytes, 0, below);
  root.depth = u16(root.depth + 1);
  root.entries = 1;
  u32 const key = load<Index>(bytes, sizeof root).block;
  std::span<u8> const map{inode_.raw.map};
  std::fill(map.begin(), map.end(), u8{0});
  store(map, 0, root);
  store(map, sizeof root, Index::from(key, block->number().raw()));
  return ok;
}

/// The only node below the root goes into it if there is room.
Result<> ExtentTree::shorten() {
  for (;;) {
    ExtentHeader const root = header(0);
    if (root.depth == 0 || root.entries != 1) return ok;
    BlockNumber const number{at<Index>(0, 0).leaf()};
    {
      BlockRef const below = TRY(change_.session().block(number));
      auto h = load<ExtentHeader>(below->bytes(), 0);
      if (h.entries > root.capacity) return ok;
      std::span<u8> const map{inode_.raw.map};
      std::copy_n(below->bytes().data() + sizeof h, h.entries * entry_bytes, map.data() + sizeof h);
      h.capacity = root.capacity;
      store(map, 0, h);
    }
    for (Level& l : levels_) l.block = BlockRef{};
    TRY(free_blocks(change_, {number.raw(), 1}, true));
    add_blocks(change_.geometry(), inode_, -1);
  }
}

Result<> ExtentTree::split(u32 level) {
  ExtentHeader h = header(level);
  u32 const stay = levels_[level].index + 1 >= i32(h.entries) ? h.entries - 1u : h.entries / 2u, moved = h.entries - stay;
  BlockRef const block = TRY(new_node());
  auto const bytes = block->writable();
  std::memcpy(bytes.data() + sizeof h, node(level).data() + offset(i32(stay)), moved * entry_bytes);
  h.entries = u16(moved);
  store(bytes, 0, h);
  TRY(set_count(level, stay));
  return open_gap(level - 1, levels_[level - 1].index + 1, Index::from(load<Index>(bytes, sizeof h).block, block->number().raw()));
}

/// One step towards room in a node of the path, after which the path has to be sought again.
Result<> ExtentTree::make_room(u32 level) {
  if (level == 0) return grow();
  if (header(level - 1).entries == header(level - 1).capacity) return make_room(level - 1);
  return split(level);
}

/// Whether what is before or behind the new run could be made longer instead. The path is at `block`.
Result<bool> ExtentTree::join_neighbours(u32 block, BlockRun run, bool unwritten) {
  i32 const i = levels_[depth_].index;
  u32 const most = unwritten ? Extent::max_written - 1 : Extent::max_written;
  bool joined = false;
  if (i >= 0) {
    auto const e = at<Extent>(depth_, i);
    if (e.unwritten() == unwritten && e.block + e.blocks() == block && e.start() + e.blocks() == run.first && e.blocks() + run.count <= most) {
      TRY(put(depth_, i, Extent::from(e.block, e.start(), e.blocks() + run.count, unwritten)));
      block = e.block;
      run = {e.start(), e.blocks() + run.count};
      joined = true;
    }
  }
  if (i + 1 >= i32(header(depth_).entries)) return joined;
  auto const e = at<Extent>(depth_, i + 1);
  if (e.unwritten() != unwritten || block + run.count != e.block || run.first + run.count != e.start() || e.blocks() + run.count > most) return joined;
  TRY(put(depth_, i + 1, Extent::from(block, run.first, e.blocks() + run.count, unwritten)));
  if (joined) TRY(erase(depth_, i));
  else if (i + 1 == 0) TRY(fix_keys(depth_));
  return true;
}

Result<> ExtentTree::insert(u32 block, BlockRun run, bool unwritten) {
  TRY(seek(block));
  if (TRY(join_neighbours(block, run, unwritten))) return shorten();
  while (header(depth_).entries == header(depth_).capacity) {
    TRY(make_room(depth_));
    TRY(seek(block));
  }
  return open_gap(depth_, levels_[depth_].index + 1, Extent::from(block, run.first, run.count, unwritten));
}

Result<bool> ExtentTree::find(u64 block, Extent& extent) {
  TRY(seek(block));
  i32 const i = levels_[depth_].index;
  if (i < 0) return false;
  extent = at<Extent>(depth_, i);
  return true;
}

Result<u64> ExtentTree::remove(u64 from, u64 to, u32 max_extents, bool keep) {
  u64 const reached = TRY(take_out(from, to, max_extents, keep));
  if (!keep) TRY(shorten());  // Else what was taken out comes back as something else.
  return reached;
}

Result<u64> ExtentTree::take_out(u64 from, u64 to, u32 max_extents, bool keep) {
  Geometry const& g = change_.geometry();
  bool const journaled = !keep && inode_.type() != FileType::regular;
  for (u32 n = 0; from < to; ++n) {
    Extent e{};
    if (!TRY(find(to - 1, e)) || u64{e.block} + e.blocks() <= from) return from;
    u64 const end = u64{e.block} + e.blocks();
    if (n == max_extents) return std::min(to, end);
    u64 cut_from = std::max<u64>(from, e.block);
    u64 const cut_to = std::min(to, end);
    // Blocks that the journal knows are revoked one by one.
    if (journaled && cut_to - cut_from > max_journaled) cut_from = cut_to - max_journaled;
    i32 const i = levels_[depth_].index;
    u32 const before = u32(cut_from - e.block), behind = u32(end - cut_to);
    if (before == 0 && behind == 0) {
      TRY(erase(depth_, i));
    } else if (before == 0) {
      TRY(put(depth_, i, Extent::from(u32(cut_to), e.start() + (cut_to - e.block), behind, e.unwritten())));
      if (i == 0) TRY(fix_keys(depth_));
    } else {
      TRY(put(depth_, i, Extent::from(e.block, e.start(), before, e.unwritten())));
      if (behind) TRY(insert(u32(cut_to), {e.start() + (cut_to - e.block), behind}, e.unwritten()));
    }
    if (!keep) {
      u32 const count = u32(cut_to - cut_from);
      TRY(free_blocks(change_, {e.start() + before, count}, journaled));
      add_blocks(g, inode_, -i64{count});
    }
    to = cut_from;
    if (journaled) return to;
  }
  return from;
}

}  // namespace hinge::ext4
