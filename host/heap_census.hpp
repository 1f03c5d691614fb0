// What the heap holds, size by size: to tell what grows from what is in pieces. Blocks are what somebody allocated and has not
// given back; frames beyond them lie in slabs that are not full.
#pragma once

#include "base/types.hpp"

namespace hinge::host {

/// Blocks of one size. `block_bytes` is 0 for blocks beyond the largest size, each a span of its own.
struct HeapBlocks {
  u64 block_bytes;
  u64 blocks;     ///< Allocated now.
  u64 bytes;      ///< In them.
  u64 committed;  ///< Bytes with a frame in their spans.
};

/// How many kinds there are; the last is that of the large blocks.
[[nodiscard]] u32 heap_sizes();
/// Of kind `index`, below heap_sizes(). A moment's picture; sizes are not looked at together. Free blocks that processors keep go
/// back to their slabs, so that what is committed is exact too. May sleep on a lock.
[[nodiscard]] HeapBlocks heap_blocks(u32 index);
/// Spans that nobody uses; of each the first page stays committed.
[[nodiscard]] u64 heap_free_spans();

}  // namespace hinge::host
