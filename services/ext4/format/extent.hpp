// The extent tree: a header, then entries of 12 bytes, which are extents in a leaf (depth 0) and indices above. The root
// is in the inode; other nodes fill a block and end in a checksum. Specification: section "Extent Tree".
#pragma once

#include "services/ext4/format/bytes.hpp"

namespace hinge::ext4::format {

struct ExtentHeader {
  static constexpr u16 expected_magic = 0xf30a;
  static constexpr u16 max_depth = 5;

  u16 magic, entries, capacity, depth;
  u32 generation;
};

struct Extent {
  static constexpr u16 max_written = 32768;  ///< A larger `count` says: unwritten, count - 32768 blocks.

  u32 block;                                 ///< First block of the file.
  u16 count, start_high;
  u32 start_low;

  static Extent from(u32 block, u64 start, u32 blocks, bool unwritten) {
    return {block, u16(unwritten ? blocks + max_written : blocks), u16(start >> 32), u32(start)};
  }
  [[nodiscard]] u64 start() const { return join(start_high, start_low); }
  [[nodiscard]] bool unwritten() const { return count > max_written; }
  [[nodiscard]] u32 blocks() const { return unwritten() ? count - max_written : count; }
};

struct ExtentIndex {
  u32 block, leaf_low;
  u16 leaf_high, unused;

  static ExtentIndex from(u32 block, u64 leaf) { return {block, u32(leaf), u16(leaf >> 32), 0}; }
  [[nodiscard]] u64 leaf() const { return join(leaf_high, leaf_low); }
};
static_assert(sizeof(ExtentHeader) == 12 && sizeof(Extent) == 12 && sizeof(ExtentIndex) == 12);

/// Behind the last entry there is room for.
struct ExtentTail { u32 checksum; };

}  // namespace hinge::ext4::format
