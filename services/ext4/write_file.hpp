// Data on its way to the disk: it is written to its blocks first, and only then is the file changed to show them.
#pragma once

#include "services/ext4/writing.hpp"

namespace hinge::ext4 {

/// FileSystem::Write.
[[nodiscard]] Result<u64> write_file(Session const& session, Writing& writing, FileSystem::Write const& m);

/// Zeroes [from, to) of a file, which lies within one block, on the disk; a hole is left alone. invalid: not a regular file.
[[nodiscard]] Result<> zero_part(Session const& session, Writing& writing, u32 inode, u64 from, u64 to);

}  // namespace hinge::ext4
