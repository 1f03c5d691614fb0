#include "services/ext4/transaction.hpp"

#include <new>

namespace hinge::ext4 {

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
