// Partition tables: GPT (UEFI specification 2.10, section 5.3) with its checksums and its backup, and the older table in
// the master boot record, with logical partitions. Pure code over a function that reads blocks; what a disk says is
// checked before it is believed, and any disk content ends in bounded time.
#pragma once

#include "base/types.hpp"

namespace hinge::linux_service {

struct Partition {
  u32 number;            ///< As Linux counts: GPT entry + 1; primary 1-4, logical 5 and up.
  u64 first, blocks;     ///< Of the disk's own block size.
};

struct PartitionTable {
  enum class Kind : u8 { none, mbr, gpt };
  static constexpr u32 most = 15;   ///< What Linux has minor numbers for; later ones are left out.
  Kind kind = Kind::none;
  bool from_backup = false;         ///< GPT: the first header was not to be used.
  u32 count = 0;
  Partition entries[most];
};

/// Reads one block of a disk into `block`; false when it cannot.
class BlockReader {
 public:
  virtual bool read(u64 lba, u8* block) = 0;
  u64 blocks = 0;
  u32 block_bytes = 512;            ///< 512 to 4096, a power of two.

 protected:
  ~BlockReader() = default;
};

/// `block` has room for one block. Partitions that leave the disk are left out.
PartitionTable read_partitions(BlockReader& disk, u8* block);

}  // namespace hinge::linux_service
