// Transaction: the metadata blocks that operations have changed since the last commit, with what it takes to make their
// checksums; what was freed meanwhile; and which blocks the journal must not bring back. It becomes durable as a whole.
// Guarded by the volume's lock.
#pragma once

#include "services/ext4/space.hpp"

namespace hinge::ext4 {

/// What a block is, for its checksums.
enum class BlockKind : u8 { plain, superblock, descriptors, block_bitmap, inode_bitmap, inodes, leaf, hash_tree, extents, attributes };

/// A block and what its checksum needs besides: whose it is (an inode, or for bitmaps the group).
struct BlockUse {
  BlockKind kind = BlockKind::plain;
  u32 owner = 0, generation = 0;
  friend bool operator==(BlockUse const&, BlockUse const&) = default;
};

struct ChangedBlock {
  BlockRef block;             ///< Empty: it was freed again.
  BlockUse use;
  u64 parts;                  ///< Of an inode table block: which inodes were changed, bit by bit.
  u64 essential;              ///< Those of them of which more than times was changed.
};

class Transaction {
 public:
  Transaction() = default;
  Transaction(Transaction const&) = delete;
  Transaction& operator=(Transaction const&) = delete;
  ~Transaction();
  /// Memory for `capacity` blocks. no_memory.
  Result<> start(u32 capacity);

  /// The entry of a block, made if there is none. too_big: there is no room for it.
  Result<ChangedBlock*> enter(BlockCache& cache, BlockRef const& block, BlockUse use);
  /// The block was freed, or is so again: nothing of it is to be written.
  void drop(CachedBlock const& block);
  /// Forgets and unpins all entries but the first `count`, whose blocks are again as they were before they got one. What has
  /// been checked in them meanwhile is checked again.
  void shrink(u32 count);
  [[nodiscard]] ChangedBlock* find(CachedBlock const& block) const {
    return block.change() == CachedBlock::unchanged ? nullptr : &blocks_[block.change()];
  }
  [[nodiscard]] std::span<ChangedBlock> blocks() const { return {blocks_, count_}; }
  [[nodiscard]] u32 count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0 && freed.empty(); }
  /// The blocks stay pinned in `other`, which is empty, and count as unchanged.
  void hand_over(Transaction& other);
  /// Forgets and unpins what hand_over() gave it.
  void clear();

  Growing<BlockRun> freed;    ///< Held until the commit.
  Growing<u64> revoked;       ///< Metadata blocks that were freed.

 private:
  ChangedBlock* blocks_ = nullptr;
  u32 count_ = 0, capacity_ = 0;
};

}  // namespace hinge::ext4
