// Taking and giving back blocks and inodes: bitmaps, descriptors and counts, in a Change.
#pragma once

#include "services/ext4/change.hpp"

namespace hinge::ext4 {

/// Takes blocks that were chosen before, by Space::pick or a record: within one group. corrupt: they are not free.
[[nodiscard]] Result<> take_blocks(Change& change, BlockRun run);
/// Chooses and takes one block for metadata near `goal`. `needed`: promises depend on it, so that it may be one of the last.
[[nodiscard]] Result<BlockNumber> take_metadata_block(Change& change, u64 goal, bool needed);
/// corrupt: not in use.
[[nodiscard]] Result<> free_blocks(Change& change, BlockRun run, bool metadata);

/// Chooses and takes an inode, whose place is then zeroed but for the generation of the number's last one.
[[nodiscard]] Result<u32> take_inode(Change& change, u32 parent, bool directory);
[[nodiscard]] Result<> free_inode(Change& change, u32 number, bool directory);

}  // namespace hinge::ext4
