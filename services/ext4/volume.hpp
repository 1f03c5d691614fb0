// Volume: one mounted file system. Session: one request's work on it; all metadata is read through Session::block, so that
// what a reader sees is the disk with the journal's blocks laid over it, and errors are told in one form.
// A Volume that is only read never changes once it is mounted, so sessions share it without a lock.
#pragma once

#include "services/ext4/block_cache.hpp"
#include "services/ext4/disk.hpp"
#include "services/ext4/overlay.hpp"

namespace hinge::ext4 {

class Writing;
struct VolumeRank { static constexpr u32 level = 30; };

class Volume : public host::Shared<Volume> {
 public:
  Volume(u64 number, u64 identity, Disk disk, BlockCache& cache);
  ~Volume();

  u64 const number;           ///< The caller's choice; the upper half of its InodeNumbers.
  u64 const identity;         ///< Differs for each mount: what blocks in the cache go by.
  Disk const disk;
  BlockCache& cache;
  Geometry geometry{};
  Overlay overlay;            ///< What the journal has that its place on the disk has not.
  u32 next_transaction = 0;   ///< The number that the journal is to go on with, where it was replayed.
  std::atomic<u32> complaints{0};
  /// Of a volume that is written: held by whoever looks at its metadata or changes them, over their reads from the disk, too.
  Mutex<VolumeRank> lock;
  Own<Writing> writing;       ///< Null: only read. Set while nobody is inside.
};

/// Holds the lock of a volume that is written; one that is only read needs none.
class Turn {
 public:
  explicit Turn(Volume& volume) __attribute__((no_thread_safety_analysis)) : volume_{volume}, taken_{volume.writing} {
    if (taken_) volume_.lock.lock();
  }
  ~Turn() __attribute__((no_thread_safety_analysis)) {
    if (taken_) volume_.lock.unlock();
  }
  Turn(Turn const&) = delete;
  Turn& operator=(Turn const&) = delete;

 private:
  Volume& volume_;
  bool taken_;
};

class Session {
 public:
  Session(Volume& volume, Caller const& caller) : volume_{volume}, caller_{caller} {}

  [[nodiscard]] Volume& volume() const { return volume_; }
  [[nodiscard]] Geometry const& geometry() const { return volume_.geometry; }
  [[nodiscard]] Caller const& caller() const { return caller_; }

  /// A metadata block. corrupt beyond the file system. Sleeps while it is read.
  Result<BlockRef> block(BlockNumber number) const;
  /// The block with the superblock, which block() takes for out of range.
  Result<BlockRef> superblock() const;
  /// Fills own memory, of whole blocks, as block() would, but past the cache.
  Result<> read(BlockNumber first, std::span<u8> into) const;

  /// Says in the log what is wrong with which inode (0: none in particular) and block, and gives Error::corrupt. A volume
  /// with very much wrong falls silent.
  std::unexpected<Error> corrupt(char const* what, u32 inode, BlockNumber block = {}) const;

  /// Where the checksums of what belongs to an inode start.
  [[nodiscard]] u32 checksum_seed(u32 inode, u32 generation) const;

 private:
  Volume& volume_;
  Caller const& caller_;
};

/// What a block was checked as: CachedBlock::prove, and for the last two prove_part.
enum class ProofKind : u8 { extents = 1, directory_leaf, hash_tree, attributes, inodes, groups };
constexpr u64 proof_of(ProofKind kind, u32 level, u32 inode, u32 generation) {
  return u64{inode} << 32 | u64{u16(generation ^ generation >> 16)} << 16 | u64{u8(level)} << 8 | u8(kind);
}

}  // namespace hinge::ext4
