// Changing inodes: an Inode is read, its copy changed, and the copy saved. One Inode at a time stands for each number.
#pragma once

#include "services/ext4/allocate.hpp"
#include "services/ext4/inode.hpp"

namespace hinge::ext4 {

/// Puts the copy where it was read from. `essential` false: only times were changed, which fdatasync(2) may forget.
[[nodiscard]] Result<> save(Change& change, Inode& inode, bool essential = true);

/// What a new inode begins as.
struct NewInode {
  u32 mode, owner, group;
  u64 device;
  i64 now_ns;
};
/// A new inode near `parent`, with an empty map and the links that its type begins with; not saved yet.
[[nodiscard]] Result<Inode> make_inode(Change& change, u32 parent, NewInode const& wanted);

void set_access_time(Inode& inode, i64 ns);
void set_modify_time(Inode& inode, i64 ns);
void set_change_time(Inode& inode, i64 ns);
void set_owner(Inode& inode, u32 owner);
void set_group(Inode& inode, u32 group);
/// Blocks of the file system that it has gained or, if negative, lost.
void add_blocks(Geometry const& g, Inode& inode, i64 blocks);
/// Where its first block had best lie.
[[nodiscard]] u64 goal_of(Geometry const& g, Inode const& inode);

/// The orphan list, through the superblock and the deletion times: inodes that nobody may find after a power cut with more
/// than their size says, or at all when they have no links. The inode is not saved.
[[nodiscard]] Result<> add_orphan(Change& change, Inode& inode);
[[nodiscard]] Result<> remove_orphan(Change& change, Inode& inode);
/// The first of the list; 0: it is empty.
[[nodiscard]] Result<u32> first_orphan(Session const& session);

}  // namespace hinge::ext4
