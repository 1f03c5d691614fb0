// Directories: blocks of entries. The blocks of a hash tree ("htree") look to who does not know it like blocks of
// unused entries. Specification: section "Directory Entries", "Linear Directories" and "Hash Tree Directories".
#pragma once

#include "services/ext4/format/bytes.hpp"

namespace hinge::ext4::format {

/// Followed by the name. A record reaches to the next one; the last to the end of the block.
struct DirectoryEntry {
  u32 inode;                ///< 0: unused.
  u16 record_bytes;
  u8 name_bytes, type;      ///< Without the filetype feature `type` is the length's upper half, always 0.

  static constexpr u32 bytes_for(u32 name) { return (sizeof(DirectoryEntry) + name + 3) & ~3u; }
};
static_assert(sizeof(DirectoryEntry) == 8);

/// With metadata_csum: ends each block of entries, in the guise of an unused entry.
struct DirectoryTail {
  static constexpr u8 type_mark = 0xde;
  DirectoryEntry guise;
  u32 checksum;
};
static_assert(sizeof(DirectoryTail) == 12);

/// Entries of a tree block. In place of the first one's hash stand capacity and count of all.
struct HashEntry { u32 hash, block; };
struct HashCount { u16 capacity, count; };
static_assert(sizeof(HashEntry) == 8 && sizeof(HashCount) == 4);

/// Block 0 of an indexed directory: "." and ".." of 12 bytes each, this, the entries.
struct HashRoot {
  static constexpr u32 offset = 24;
  static constexpr u32 entries_offset = 32;
  u32 reserved;
  u8 hash_version, info_bytes, levels, flags;
};
static_assert(sizeof(HashRoot) == 8 && HashRoot::offset + sizeof(HashRoot) == HashRoot::entries_offset);

/// Other tree blocks: an unused entry that fills the block, then the entries.
inline constexpr u32 hash_node_entries_offset = 8;

/// With metadata_csum: behind the last entry there is room for.
struct HashTail { u32 reserved, checksum; };

enum class HashVersion : u8 { legacy, half_md4, tea, legacy_unsigned, half_md4_unsigned, tea_unsigned };

}  // namespace hinge::ext4::format
