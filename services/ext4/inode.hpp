// Inode: one inode as read from its table, checked. Who calls: everything above; who holds one holds its table block.
#pragma once

#include "iface/filesystem.hpp"
#include "services/ext4/format/inode.hpp"
#include "services/ext4/volume.hpp"

namespace hinge::ext4 {

struct Inode {
  u32 number;
  u32 offset;               ///< Of its bytes in the table block.
  u64 size;                 ///< At most 2^32 blocks.
  format::Inode raw;        ///< Fields that the inode is too short for are zero.
  BlockRef table;           ///< The block of the inode table.

  [[nodiscard]] FileType type() const { return FileType(raw.mode & file_type_mask); }
  [[nodiscard]] bool has(format::Inode::Flag flag) const { return (raw.flags & flag) != 0; }
  [[nodiscard]] Bytes map() const { return raw.map; }
  /// The block of extended attributes; 0: none.
  [[nodiscard]] BlockNumber attribute_block() const { return BlockNumber{join(raw.attributes_high, raw.attributes_low)}; }
  [[nodiscard]] u64 blocks(Geometry const& g) const { return (size + g.block_bytes - 1) / g.block_bytes; }
};

/// not_found: no inode of the file system, or one that is free, or an orphan of a volume that is only read. corrupt.
[[nodiscard]] Result<Inode> read_inode(Session const& session, u32 number);

/// The same, for the number that a directory entry names: then an inode that is not there is corrupt, as are those that
/// belong to the file system itself.
[[nodiscard]] Result<Inode> read_named_inode(Session const& session, u32 number, u32 directory);

[[nodiscard]] Attributes attributes_of(Session const& session, Inode const& inode);

/// The inode table block that holds the inode, and where in it. not_found: no such inode, or in a part of the table that
/// was never used.
struct InodePlace { BlockNumber block; u32 offset; };
[[nodiscard]] Result<InodePlace> find_inode(Session const& session, u32 number);

/// What the checksum fields of an inode should say; `bytes` are all of its place.
[[nodiscard]] u32 inode_checksum(Session const& session, u32 number, Bytes bytes);

}  // namespace hinge::ext4
