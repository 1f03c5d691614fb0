// Where the data of a file lies: runs of its blocks, from the inode's extent tree or, in files that an older format left,
// from its block map.
#pragma once

#include "services/ext4/inode.hpp"

namespace hinge::ext4 {

struct Run {
  u64 blocks;            ///< At least 1.
  BlockNumber first;     ///< Unless it is a hole.
  bool hole;             ///< Or allocated but never written: reads as zeroes.
};

/// The run that begins at block `from` of the file. It may reach beyond the file's end, and a longer run may come in pieces.
/// corrupt: the map, or `from` is beyond what a map can hold.
[[nodiscard]] Result<Run> find_run(Session const& session, Inode const& inode, FileBlock from);

// The two kinds, see extents.cpp and block_map.cpp.
[[nodiscard]] Result<Run> find_run_in_extents(Session const& session, Inode const& inode, FileBlock from);
[[nodiscard]] Result<Run> find_run_in_block_map(Session const& session, Inode const& inode, FileBlock from);

/// One block of a directory or symlink, which may not be a hole; from the cache.
[[nodiscard]] Result<BlockRef> read_file_block(Session const& session, Inode const& inode, FileBlock block);

/// What an extent tree block's checksum should say.
[[nodiscard]] u32 extent_checksum(Session const& session, Inode const& inode, Bytes block);

}  // namespace hinge::ext4
