// Link counts, which directories count in their own way.
#pragma once

#include "services/ext4/directory_change.hpp"

namespace hinge::ext4 {

inline constexpr u32 max_links = 65000;

/// A directory that has not been removed. not_directory, not_found.
[[nodiscard]] Result<Inode> open_directory(Session const& session, InodeNumber number);

/// Whether there may be one directory more in it.
[[nodiscard]] inline bool takes_directory(Geometry const& g, Inode const& directory) {
  return directory.raw.links < max_links || g.many_links;
}
/// A directory came into `directory`, or left it. With more than max_links the count stays at 1, which says: many.
void count_directory(Inode& directory, bool came);

/// A name of `inode` is gone; the last one makes it an orphan. The inode is saved.
[[nodiscard]] Result<FileSystem::Removed> drop_name(Change& change, Inode& inode, i64 now_ns);

/// A name was added or taken away.
inline void touch(Inode& directory, i64 now_ns) {
  set_modify_time(directory, now_ns);
  set_change_time(directory, now_ns);
}

}  // namespace hinge::ext4
