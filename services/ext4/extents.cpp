// The extent tree, walked from the root with the depth going down by one in each step, so that no tree can hold us up.
// Each node is checked whole when it is first seen.
#include <algorithm>

#include "services/ext4/checksum.hpp"
#include "services/ext4/format/extent.hpp"
#include "services/ext4/mapping.hpp"

namespace hinge::ext4 {
namespace {

using format::Extent;
using format::ExtentHeader;
using format::ExtentIndex;

constexpr u64 end_of_file_blocks = u64{1} << 32;
constexpr usize entry_bytes = sizeof(Extent);

/// A node: header and entries of `bytes`.
struct Node {
  Bytes bytes;
  ExtentHeader header;

  explicit Node(Bytes b) : bytes{b}, header{load<ExtentHeader>(b, 0)} {}
  template <class Entry>
  [[nodiscard]] Entry at(u32 i) const { return load<Entry>(bytes, sizeof header + i * entry_bytes); }
  /// Both kinds of entry begin with their first block.
  [[nodiscard]] u32 key(u32 i) const { return at<ExtentIndex>(i).block; }
  /// The last entry that begins at or before `block`; -1: none.
  [[nodiscard]] i32 find(u64 block) const {
    i32 low = 0, high = header.entries;
    while (low < high) {
      i32 const middle = (low + high) / 2;
      if (key(u32(middle)) <= block) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
  /// Where the entry after `i` begins, or `end`.
  [[nodiscard]] u64 key_after(i32 i, u64 end) const { return i + 1 < header.entries ? key(u32(i + 1)) : end; }
};

/// What is wrong with a node of that depth; null: nothing.
char const* fault_in(Node const& node, u32 depth, Geometry const& g) {
  ExtentHeader const& h = node.header;
  if (h.magic != ExtentHeader::expected_magic) return "extent tree: magic";
  if (h.depth != depth || depth > ExtentHeader::max_depth) return "extent tree: depth";
  if (h.capacity > (node.bytes.size() - sizeof h) / entry_bytes || h.entries > h.capacity) return "extent tree: number of entries";
  if (depth > 0 && h.entries == 0) return "extent tree: empty node";
  u64 free_from = 0;
  for (u32 i = 0; i < h.entries; ++i) {
    if (node.key(i) < free_from) return "extent tree: entries out of order";
    free_from = u64{node.key(i)} + 1;
    if (depth > 0) {
      if (!g.contains(node.at<ExtentIndex>(i).leaf(), 1)) return "extent tree: node out of range";
      continue;
    }
    auto const e = node.at<Extent>(i);
    if (e.blocks() == 0 || !g.contains(e.start(), e.blocks())) return "extent tree: extent out of range";
    free_from = u64{e.block} + e.blocks();
    if (free_from > end_of_file_blocks) return "extent tree: extent beyond the largest file";
  }
  return nullptr;
}

usize tail_offset(Node const& node) { return sizeof(ExtentHeader) + node.header.capacity * entry_bytes; }

Result<BlockRef> read_node(Session const& session, Inode const& inode, BlockNumber number, u32 depth) {
  BlockRef block = TRY(session.block(number));
  u64 const proof = proof_of(ProofKind::extents, depth, inode.number, inode.raw.generation);
  if (block->proven(proof)) return block;
  Node const node{block->bytes()};
  if (char const* fault = fault_in(node, depth, session.geometry())) return session.corrupt(fault, inode.number, number);
  if (session.geometry().checksums && block->change() == CachedBlock::unchanged) {
    usize const at = tail_offset(node);
    if (at + sizeof(u32) > node.bytes.size()) return session.corrupt("extent tree: no room for the checksum", inode.number, number);
    if (load<u32>(node.bytes, at) != extent_checksum(session, inode, node.bytes))
      return session.corrupt("extent tree: checksum", inode.number, number);
  }
  block->prove(proof);
  return block;
}

/// The run at `from`, which is below `end`, where the leaf's part of the file ends.
Run run_in_leaf(Node const& leaf, u64 from, u64 end) {
  i32 const i = leaf.find(from);
  if (i >= 0) {
    auto const e = leaf.at<Extent>(u32(i));
    u64 const into = from - e.block;
    if (into < e.blocks()) return {std::min(e.blocks() - into, end - from), BlockNumber{e.start() + into}, e.unwritten()};
  }
  return {std::min(leaf.key_after(i, end), end) - from, {}, true};
}

}  // namespace

u32 extent_checksum(Session const& session, Inode const& inode, Bytes block) {
  u32 const seed = session.checksum_seed(inode.number, inode.raw.generation);
  return crc32c(seed, block.first(std::min(tail_offset(Node{block}), block.size())));
}

Result<Run> find_run_in_extents(Session const& session, Inode const& inode, FileBlock from) {
  if (from.raw() >= end_of_file_blocks) return session.corrupt("a block beyond the largest file", inode.number);
  Node node{inode.map()};
  u32 depth = node.header.depth;
  if (char const* fault = fault_in(node, depth, session.geometry()))
    return session.corrupt(fault, inode.number, inode.table->number());
  BlockRef block;
  // What follows belongs to the next entry of some node above: a child may not reach into it.
  for (u64 end = end_of_file_blocks;; --depth) {
    if (depth == 0) return run_in_leaf(node, from.raw(), end);
    i32 const i = node.find(from.raw());
    end = std::min(end, node.key_after(i, end));
    if (i < 0) return Run{end - from.raw(), {}, true};
    block = TRY(read_node(session, inode, BlockNumber{node.at<ExtentIndex>(u32(i)).leaf()}, depth - 1));
    node = Node{block->bytes()};
  }
}

}  // namespace hinge::ext4
