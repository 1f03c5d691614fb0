// Changing extended attributes: all of an inode's are taken together and laid out anew, as many as fit in what the inode
// leaves of its place, the rest in a block beside it.
#pragma once

#include "services/ext4/attributes.hpp"
#include "services/ext4/inode_change.hpp"

namespace hinge::ext4 {

/// Sets one attribute (`value` as it is to lie on the disk), or removes it (`remove`). The inode is not saved. exists and
/// not_found as the flags of FileSystem::SetAttribute say; not_supported: an unknown prefix; no_space.
struct AttributeChange {
  std::string_view name;
  Bytes value;
  u64 flags;
  bool remove;
};
[[nodiscard]] Result<> change_attribute(Change& change, Inode& inode, AttributeChange const& wanted);

/// The inode goes: so does its block of attributes, unless others share it.
[[nodiscard]] Result<> drop_attribute_block(Change& change, Inode& inode);

/// Brings an ACL from setxattr(2)'s form into that of the disk, which is never longer; returns its length. invalid.
[[nodiscard]] Result<u64> acl_to_disk(Bytes from, std::span<u8> to);
[[nodiscard]] bool is_acl_name(std::string_view name);

}  // namespace hinge::ext4
