// A block is in the index from its claim on; a failed one leaves it at once and dies with its last pin. Unpinned blocks
// stand in the order of their last use.
#include "services/ext4/block_cache.hpp"

namespace hinge::ext4 {

BlockCache::~BlockCache() {
  Guard guard{lock_};
  while (evict_one()) {}
}

Result<BlockRef> BlockCache::claim(BlockKey key, u32 bytes, bool& ours) {
  Guard guard{lock_};
  if (auto const found = index_.find(key); found != index_.end()) {
    if (found->pins_++ == 0) order_.erase(order_.iterator_to(*found));
    return BlockRef{*this, *found};
  }
  while (held_.load(std::memory_order_relaxed) + bytes > max_bytes_ && evict_one()) {}
  CachedBlock* block = allocate(key, bytes);
  while (!block && evict_one()) block = allocate(key, bytes);
  if (!block) return fail(Error::no_memory);
  index_.insert(*block);
  held_.store(held_.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
  ours = true;
  return BlockRef{*this, *block};
}

BlockRef BlockCache::share(BlockRef const& block) {
  Guard guard{lock_};
  ++block.block_->pins_;
  return BlockRef{*this, *block.block_};
}

BlockRef BlockCache::find(BlockKey key) {
  Guard guard{lock_};
  auto const found = index_.find(key);
  if (found == index_.end() || found->state_.load(std::memory_order_acquire) != CachedBlock::ready) return {};
  if (found->pins_++ == 0) order_.erase(order_.iterator_to(*found));
  return BlockRef{*this, *found};
}

void BlockCache::finish(CachedBlock& block, bool good) {
  if (!good) {
    Guard guard{lock_};
    erase(block);
  }
  // Release: pairs with wait() and with the load in every later claimant's wait().
  block.state_.store(good ? CachedBlock::ready : CachedBlock::failed, std::memory_order_release);
  (void)host::word_wake(reinterpret_cast<u32 const*>(&block.state_), ~u32{0});
}

bool BlockCache::wait(CachedBlock& block) {
  u32 state;
  while ((state = block.state_.load(std::memory_order_acquire)) == CachedBlock::filling)
    (void)host::word_wait(reinterpret_cast<u32 const*>(&block.state_), CachedBlock::filling, no_deadline);
  return state == CachedBlock::ready;
}

void BlockCache::unpin(CachedBlock& block) {
  {
    Guard guard{lock_};
    if (--block.pins_ != 0) return;
    if (block.index_.is_linked()) return order_.push_back(block);
  }
  free(block);
}

void BlockCache::forget(u64 volume) {
  Guard guard{lock_};
  for (auto at = order_.begin(); at != order_.end();) {
    CachedBlock& block = *at++;
    if (block.key_.volume != volume) continue;
    order_.erase(order_.iterator_to(block));
    erase(block);
    free(block);
  }
}

CachedBlock* BlockCache::allocate(BlockKey key, u32 bytes) {
  auto* const data = static_cast<u8*>(host::allocate(bytes));
  if (!data) return nullptr;
  auto* const block = host::make<CachedBlock>(key, data, bytes);
  if (!block) host::release(data);
  return block;
}

bool BlockCache::evict_one() {
  if (order_.empty()) return false;
  CachedBlock& block = order_.front();
  order_.pop_front();
  erase(block);
  free(block);
  return true;
}

void BlockCache::erase(CachedBlock& block) {
  index_.erase(index_.iterator_to(block));
  held_.store(held_.load(std::memory_order_relaxed) - block.bytes_, std::memory_order_relaxed);
}

void BlockCache::free(CachedBlock& block) {
  host::release(block.data_);
  host::destroy(&block);
}

}  // namespace hinge::ext4
