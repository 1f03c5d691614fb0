// BlockCache: the metadata blocks of all volumes, as they are on the disk, least recently used first to go. File data is
// never here. A block is found through get(), which reads it if need be; it stays as long as a BlockRef pins it. Callers
// who want the same missing block wait for one read; the lock is not held over it.
// Bounded: at most `max_bytes` beyond what is pinned, all of it from the service's heap.
#pragma once

#include <atomic>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/unordered_set.hpp>
#include <utility>

#include "host/heap.hpp"
#include "host/mutex.hpp"
#include "services/ext4/geometry.hpp"

namespace hinge::ext4 {

/// Which block: of which mounted volume (Volume::identity), and its number there.
struct BlockKey {
  u64 volume, block;
  friend bool operator==(BlockKey, BlockKey) = default;
};

class CachedBlock {
 public:
  CachedBlock(BlockKey key, u8* data, u32 bytes) : key_{key}, data_{data}, bytes_{bytes} {}
  [[nodiscard]] Bytes bytes() const { return {data_, bytes_}; }
  [[nodiscard]] BlockNumber number() const { return BlockNumber{key_.block}; }
  /// For who holds the volume's lock and changes it in a transaction.
  [[nodiscard]] std::span<u8> writable() const { return {data_, bytes_}; }
  static constexpr u32 unchanged = ~u32{0};
  /// Its place in the running transaction, or `unchanged`; guarded by the volume's lock. A changed block's checksums are
  /// made when the transaction is committed, and not checked before.
  [[nodiscard]] u32 change() const { return change_; }
  void set_change(u32 index) const { change_ = index; }

  /// Whether somebody has checked the block, as what `proof` says, since it was read: checks are done once.
  [[nodiscard]] bool proven(u64 proof) const { return proof_.load(std::memory_order_relaxed) == proof; }
  /// Relaxed: the data was published before by state_, and a proof seen late only costs a second check.
  void prove(u64 proof) const { proof_.store(proof, std::memory_order_relaxed); }
  /// The same where each part of a block is checked by itself; `kind` as in a proof. Of many parts the last are checked each time.
  [[nodiscard]] bool part_proven(u8 kind, u32 part) const {
    u64 const proof = proof_.load(std::memory_order_relaxed);
    return u8(proof) == kind && part < max_parts && proof >> (part + 8) & 1;
  }
  void prove_part(u8 kind, u32 part) const {
    u64 const proof = proof_.load(std::memory_order_relaxed);
    if (part < max_parts) prove((u8(proof) == kind ? proof : kind) | u64{1} << (part + 8));
  }

 private:
  friend class BlockCache;
  friend class BlockRef;
  static constexpr u32 max_parts = 56;
  enum State : u32 { filling, ready, failed };

  BlockKey key_;
  u8* data_;
  u32 bytes_;
  u32 pins_ = 1;                          ///< Guarded by the cache's lock.
  std::atomic<u32> state_{filling};       ///< Released by the filler once the data is there.
  mutable std::atomic<u64> proof_{0};
  mutable u32 change_ = unchanged;
  boost::intrusive::list_member_hook<> order_;
  boost::intrusive::unordered_set_member_hook<> index_;
};

class BlockCache;

/// Pins a block. Move-only.
class BlockRef {
 public:
  BlockRef() = default;
  BlockRef(BlockRef&& other) noexcept : cache_{other.cache_}, block_{std::exchange(other.block_, nullptr)} {}
  BlockRef& operator=(BlockRef&& other) noexcept {
    std::swap(cache_, other.cache_);
    std::swap(block_, other.block_);
    return *this;
  }
  ~BlockRef();
  CachedBlock const* operator->() const { return block_; }
  CachedBlock const& operator*() const { return *block_; }
  explicit operator bool() const { return block_ != nullptr; }

 private:
  friend class BlockCache;
  BlockRef(BlockCache& cache, CachedBlock& block) : cache_{&cache}, block_{&block} {}
  BlockCache* cache_ = nullptr;
  CachedBlock* block_ = nullptr;
};

struct CacheRank { static constexpr u32 level = 40; };

class BlockCache {
 public:
  explicit BlockCache(u64 max_bytes) : max_bytes_{max_bytes} {}
  ~BlockCache();
  void dispose() { host::destroy(this); }

  /// The block; if it is not there, `fill(std::span<u8>) -> Result<>` is called to read it. no_memory, or what fill says.
  template <class Fill>
  Result<BlockRef> get(BlockKey key, u32 bytes, Fill&& fill) {
    for (;;) {
      bool ours = false;
      BlockRef block = TRY(claim(key, bytes, ours));
      if (ours) {
        Result<> const filled = fill(std::span<u8>{block.block_->data_, bytes});
        finish(*block.block_, filled.has_value());
        if (!filled) return fail(filled.error());
        return block;
      }
      if (wait(*block.block_)) return block;
      // The other's read failed, which says nothing of ours: its caller may have been cancelled.
    }
  }

  /// The block, zeroed and without proof whatever it was: for what has just been allocated.
  Result<BlockRef> get_zeroed(BlockKey key, u32 bytes) {
    BlockRef block = TRY(get(key, bytes, [](std::span<u8>) -> Result<> { return ok; }));
    std::memset(block.block_->data_, 0, bytes);
    block->prove(0);
    return block;
  }
  /// The block if it is there and filled, else an empty reference.
  BlockRef find(BlockKey key);
  /// Another pin of the same block.
  BlockRef share(BlockRef const& block);

  /// Drops all blocks of a volume. Precondition: none of them is pinned.
  void forget(u64 volume);

  [[nodiscard]] u64 bytes() const { return held_.load(std::memory_order_relaxed); }

 private:
  friend class BlockRef;
  static constexpr usize bucket_count = 2048;
  struct KeyOf { using type = BlockKey; BlockKey operator()(CachedBlock const& b) const { return b.key_; } };
  struct Hash {
    usize operator()(BlockKey k) const { return ((k.block ^ k.volume << 40) * 0x9e37'79b9'7f4a'7c15) >> 32; }
  };
  using Order = boost::intrusive::list<
      CachedBlock, boost::intrusive::member_hook<CachedBlock, boost::intrusive::list_member_hook<>, &CachedBlock::order_>>;
  using Index = boost::intrusive::unordered_set<
      CachedBlock, boost::intrusive::member_hook<CachedBlock, boost::intrusive::unordered_set_member_hook<>, &CachedBlock::index_>,
      boost::intrusive::key_of_value<KeyOf>, boost::intrusive::hash<Hash>, boost::intrusive::power_2_buckets<true>>;

  /// A pinned block; `ours`: it was not there, and the caller must fill and finish it.
  Result<BlockRef> claim(BlockKey key, u32 bytes, bool& ours);
  void finish(CachedBlock& block, bool good);
  /// Sleeps until the block is filled; false: it could not be.
  static bool wait(CachedBlock& block);
  void unpin(CachedBlock& block);

  CachedBlock* allocate(BlockKey key, u32 bytes) HINGE_REQUIRES(lock_);
  bool evict_one() HINGE_REQUIRES(lock_);
  void erase(CachedBlock& block) HINGE_REQUIRES(lock_);
  void free(CachedBlock& block);

  Mutex<CacheRank> lock_;
  Index::bucket_type buckets_[bucket_count];
  Index index_ HINGE_GUARDED_BY(lock_){Index::bucket_traits{buckets_, bucket_count}};
  Order order_ HINGE_GUARDED_BY(lock_);   ///< Unpinned blocks only, the one to go first in front.
  u64 max_bytes_;
  std::atomic<u64> held_{0};              ///< Written under the lock.
};

inline BlockRef::~BlockRef() {
  if (block_) cache_->unpin(*block_);
}

}  // namespace hinge::ext4
