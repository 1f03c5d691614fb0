// Extended attributes, in the rest of a large inode and in one block beside it: entries from the front, values anywhere
// behind. Specification: section "Extended Attributes". POSIX ACLs have a form of their own on the disk.
#pragma once

#include "services/ext4/format/bytes.hpp"

namespace hinge::ext4::format {

inline constexpr u32 attribute_magic = 0xea02'0000;

struct AttributeBlockHeader {
  u32 magic, references, blocks, hash, checksum, reserved[3];
};
static_assert(sizeof(AttributeBlockHeader) == 32);

/// Followed by the name, padded to four bytes. A list ends with four zero bytes.
struct AttributeEntry {
  u8 name_bytes, prefix;
  u16 value_offset;       ///< From the first entry (in the inode) or the block's start.
  u32 value_inode;        ///< With the ea_inode feature, which is not supported; else 0.
  u32 value_bytes, hash;

  static constexpr u32 bytes_for(u32 name) { return (sizeof(AttributeEntry) + name + 3) & ~3u; }
};
static_assert(sizeof(AttributeEntry) == 16);

enum class AttributePrefix : u8 { none = 0, user = 1, acl_access = 2, acl_default = 3, trusted = 4, security = 6, system = 7, rich_acl = 8 };

/// On the disk an ACL is this version, then entries; those of named users and groups are followed by the number.
struct AclHeader { u32 version; };
struct AclShortEntry { u16 tag, permissions; };
inline constexpr u32 acl_disk_version = 1;
inline constexpr u16 acl_user = 0x02, acl_group = 0x08;  ///< The tags with a number.

/// What getxattr(2) gives: version, then entries that all have a number (acl(5), linux/posix_acl_xattr.h).
struct AclEntry { u16 tag, permissions; u32 number; };
inline constexpr u32 acl_user_version = 2;
inline constexpr u32 acl_no_number = ~u32{0};
static_assert(sizeof(AclShortEntry) == 4 && sizeof(AclEntry) == 8);

}  // namespace hinge::ext4::format
