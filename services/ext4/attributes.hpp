// Extended attributes: in what an inode leaves free of its place, and in one block beside it.
#pragma once

#include "services/ext4/format/attribute.hpp"
#include "services/ext4/inode.hpp"

namespace hinge::ext4 {

/// FileSystem::ReadAttribute. POSIX ACLs come in the form that getxattr(2) has them. not_found, corrupt.
[[nodiscard]] Result<u64> read_attribute(Session const& session, Inode const& inode, std::string_view name, Buffer into);

/// FileSystem::ListAttributes. Names that do not fit whole are left out, and counted.
[[nodiscard]] Result<u64> list_attributes(Session const& session, Inode const& inode, Buffer into);

/// What an attribute block's checksum field should say.
[[nodiscard]] u32 attribute_checksum(Session const& session, BlockNumber number, Bytes block);

/// Copies an ACL as it lies on the disk in the other form; returns its length there. invalid: not an ACL.
[[nodiscard]] Result<u64> copy_acl(Bytes on_disk, Buffer into);

}  // namespace hinge::ext4
