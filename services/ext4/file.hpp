// The data of regular files, and the targets of symlinks.
#pragma once

#include "services/ext4/mapping.hpp"

namespace hinge::ext4 {

/// FileSystem::Read on an inode: whole blocks go from the device straight into the caller's buffer, as many runs at once as
/// the device takes; holes, unwritten blocks and what lies beyond the end are zeroed. Returns the bytes of data. Takes the volume's lock only to look where they lie.
[[nodiscard]] Result<u64> read_file(Session const& session, u32 inode, Buffer into, u64 offset);

/// FileSystem::ReadLink. invalid: not a symlink.
[[nodiscard]] Result<u64> read_link(Session const& session, Inode const& inode, Buffer into, u64 offset);

/// FileSystem::FindData. Blocks that were allocated and never written count as a hole.
[[nodiscard]] Result<u64> find_data(Session const& session, Inode const& inode, u64 offset, bool hole);

}  // namespace hinge::ext4
