// Changing a file's extent tree. The inode's copy is changed with it, and saved by the caller.
#pragma once

#include "services/ext4/format/extent.hpp"
#include "services/ext4/inode_change.hpp"
#include "services/ext4/mapping.hpp"

namespace hinge::ext4 {

class ExtentTree {
 public:
  /// Precondition: inode.has(extents).
  ExtentTree(Change& change, Inode& inode) : change_{change}, inode_{inode} {}

  /// Maps a hole of the file; what it continues is made longer instead. no_space: no room for the tree.
  Result<> insert(u32 block, BlockRun run, bool unwritten);
  /// Makes a hole of what lies in [from, to), from its end on: at most `max_extents` extents are touched; returns where
  /// the work stopped, `from` when it is done. `keep`: the blocks go on being taken; else they are freed.
  Result<u64> remove(u64 from, u64 to, u32 max_extents, bool keep = false);
  /// The extent that holds `block` or the last one before it; false: none.
  Result<bool> find(u64 block, format::Extent& extent);

 private:
  using Extent = format::Extent;
  using Index = format::ExtentIndex;
  static constexpr u32 entry_bytes = sizeof(Extent);
  struct Level { BlockRef block; i32 index = -1; };

  [[nodiscard]] Bytes node(u32 level) const { return level == 0 ? Bytes{inode_.raw.map} : levels_[level].block->bytes(); }
  [[nodiscard]] format::ExtentHeader header(u32 level) const { return load<format::ExtentHeader>(node(level), 0); }
  template <class T>
  [[nodiscard]] T at(u32 level, i32 index) const { return load<T>(node(level), offset(index)); }
  static u32 offset(i32 index) { return u32{sizeof(format::ExtentHeader)} + u32(index) * entry_bytes; }
  [[nodiscard]] BlockUse use() const { return {BlockKind::extents, inode_.number, inode_.raw.generation}; }
  [[nodiscard]] u32 capacity() const { return (change_.geometry().block_bytes - u32{sizeof(format::ExtentHeader)}) / entry_bytes; }

  Result<std::span<u8>> edit(u32 level, u32 offset, u32 bytes);
  Result<> set_count(u32 level, u32 entries);
  template <class T>
  Result<> put(u32 level, i32 index, T const& entry);
  template <class T>
  Result<> open_gap(u32 level, i32 index, T const& entry);
  /// Goes to the leaf of `block`; its index is that of the last extent that begins at or before it, or -1.
  Result<> seek(u64 block);
  /// The first key of a node has changed: those above follow.
  Result<> fix_keys(u32 level);
  Result<> erase(u32 level, i32 index);
  Result<> make_room(u32 level);
  Result<> grow();
  Result<> shorten();
  Result<> split(u32 level);
  Result<BlockRef> new_node();
  Result<u64> take_out(u64 from, u64 to, u32 max_extents, bool keep);
  Result<bool> join_neighbours(u32 block, BlockRun run, bool unwritten);

  Change& change_;
  Inode& inode_;
  Level levels_[format::ExtentHeader::max_depth + 1];
  u32 depth_ = 0;
};

}  // namespace hinge::ext4
