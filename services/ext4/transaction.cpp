#include "services/ext4/transaction.hpp"

#include <new>

#include "services/ext4/volume.hpp"

namespace hinge::ext4 {
namespace {

u64 proof_as(BlockUse const& use, u32 level) {
  switch (use.kind) {
    case BlockKind::leaf: return proof_of(ProofKind::directory_leaf, level, use.owner, use.generation);
    case BlockKind::hash_tree: return proof_of(ProofKind::hash_tree, level, use.owner, use.generation);
    case BlockKind::extents: return proof_of(ProofKind::extents, level, use.owner, use.generation);
    case BlockKind::attributes: return proof_of(ProofKind::attributes, level, 0, 0);
    case BlockKind::plain: case BlockKind::superblock: case BlockKind::descriptors: case BlockKind::block_bitmap:
    case BlockKind::inode_bitmap: case BlockKind::inodes: return 0;
  }
  return 0;
}

/// Two may claim a block where a file system is damaged: what one of them has checked counts no longer when it is changed for
/// the other.
void forget_other_proof(CachedBlock const& block, BlockUse const& use) {
  constexpr u32 levels = 8;  // More than any tree has.
  for (u32 level = 0; level < levels; ++level)
    if (block.proven(proof_as(use, level))) return;
  block.prove(0);
}

}  // namespace

Transaction::~Transaction() {
  clear();
  host::release(blocks_);
}

Result<> Transaction::start(u32 capacity) {
  if (blocks_) return ok;
  blocks_ = static_cast<ChangedBlock*>(host::allocate(capacity * sizeof(ChangedBlock)));
  if (!blocks_) return fail(Error::no_memory);
  capacity_ = capacity;
  return ok;
}

Result<ChangedBlock*> Transaction::enter(BlockCache& cache, BlockRef const& block, BlockUse use) {
  forget_other_proof(*block, use);
  if (ChangedBlock* const there = find(*block)) return there;
  if (count_ == capacity_) return fail(Error::too_big);
  block->set_change(count_);
  return new (&blocks_[count_++]) ChangedBlock{cache.share(block), use, 0, 0};
}

void Transaction::drop(CachedBlock const& block) {
  ChangedBlock* const there = find(block);
  if (!there) return;
  block.set_change(CachedBlock::unchanged);
  there->block = BlockRef{};
}

void Transaction::shrink(u32 count) {
  while (count_ > count) {
    ChangedBlock& last = blocks_[--count_];
    if (last.block) {
      last.block->set_change(CachedBlock::unchanged);
      last.block->prove(0);
    }
    last.~ChangedBlock();
  }
}

void Transaction::clear() {
  for (ChangedBlock& b : blocks()) b.~ChangedBlock();
  count_ = 0;
  freed.clear();
  revoked.clear();
}

void Transaction::hand_over(Transaction& other) {
  for (ChangedBlock& b : blocks())
    if (b.block) b.block->set_change(CachedBlock::unchanged);
  std::swap(blocks_, other.blocks_);
  std::swap(count_, other.count_);
  std::swap(capacity_, other.capacity_);
  freed.swap(other.freed);
  revoked.swap(other.revoked);
}

}  // namespace hinge::ext4
