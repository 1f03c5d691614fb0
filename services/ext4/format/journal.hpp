// The journal (JBD2), big-endian: a superblock, then a ring of transactions, each of descriptor blocks with the blocks
// they describe, revoke blocks, and a commit block. Specification: section "Journal (jbd2)".
#pragma once

#include "services/ext4/format/bytes.hpp"

namespace hinge::ext4::format {

enum class JournalBlock : u32 { descriptor = 1, commit = 2, superblock_1 = 3, superblock_2 = 4, revoke = 5 };

struct JournalHeader {
  static constexpr u32 expected_magic = 0xc03b'3998;
  Big32 magic, type, sequence;
};
static_assert(sizeof(JournalHeader) == 12);

namespace journal_feature {
inline constexpr u32 revoke = 0x1, bit64 = 0x2, async_commit = 0x4, checksums_2 = 0x8, checksums_3 = 0x10;
}

struct JournalSuperblock {
  static constexpr u8 checksum_crc32c = 4;

  JournalHeader header;
  Big32 block_bytes, blocks;
  Big32 first;                 ///< First block of the ring.
  Big32 sequence, start;       ///< Of the oldest transaction; start 0: the journal is empty.
  Big32 error;
  Big32 features_compatible, features_incompatible, features_read_only;  // From here on only in superblock_2.
  u8 uuid[16];
  Big32 users, dynamic_superblock, max_transaction, max_data;
  u8 checksum_type, padding[3];
  Big32 fast_commit_blocks, head;
  u8 unused[160];
  Big32 checksum;              ///< Of the superblock's 1024 bytes; the rest names users of the journal.

  static constexpr u32 all_bytes = 1024;
};
static_assert(sizeof(JournalSuperblock) == 256 && offsetof(JournalSuperblock, checksum_type) == 0x50);
static_assert(offsetof(JournalSuperblock, checksum) == 0xfc);

/// Tags of a descriptor block. Three forms: with checksums_3 JournalTag3; else JournalTag, its last field only with bit64.
/// (With checksums_2 Linux puts two unused bytes behind; the specification's table has them as padding.)
struct JournalTag3 { Big32 block_low, flags, block_high, checksum; };
struct JournalTag { Big32 block_low; Big16 checksum, flags; Big32 block_high; };
static_assert(sizeof(JournalTag3) == 16 && sizeof(JournalTag) == 12);
namespace journal_tag {
inline constexpr u32 escaped = 1;    ///< The block began with the journal's magic, which is zeroed in its copy.
inline constexpr u32 same_uuid = 2;  ///< Else 16 bytes of uuid follow the tag.
inline constexpr u32 last = 8;
}

struct JournalCommit {
  JournalHeader header;
  u8 checksum_type, checksum_bytes, padding[2];
  Big32 checksum[8];
  Big32 seconds_high, seconds_low, nanoseconds;
};
static_assert(sizeof(JournalCommit) == 60 && offsetof(JournalCommit, checksum) == 0x10);

struct JournalRevoke {
  JournalHeader header;
  Big32 bytes;                  ///< Used of this block, with this header.
};

/// Ends descriptor and revoke blocks when there are checksums.
struct JournalTail { Big32 checksum; };

}  // namespace hinge::ext4::format
