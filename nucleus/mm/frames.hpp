// The frame allocator: a buddy system under one lock, and in front of it a small cache of single frames for each CPU,
// so that page faults on different CPUs meet only when a cache is refilled or drained.
// Called with interrupts off (a CPU's cache is its own because nothing interrupts).
#pragma once

#include <span>

#include "base/result.hpp"
#include "nucleus/boot/boot_info.hpp"
#include "nucleus/mm/frame.hpp"
#include "nucleus/mm/lock.hpp"

namespace hinge::nucleus::mm {

enum class Fill : u8 { zero, none };

class Frames {
 public:
  static constexpr u32 max_order = 10;        ///< Largest block: 4 MiB.
  struct Statistics { u64 total, free, boot; };  ///< In frames; boot: the frame table's own.

  constexpr Frames() = default;

  /// Takes over the usable ranges (page fractions are dropped) and carves the frame table out of the largest.
  /// Everything not in a range is reserved: never handed out, never counted. Once, before any other call.
  Result<> start(std::span<PhysRange const> usable);

  /// One frame with share count 1. quota, no_memory.
  Result<PhysAddr> allocate(Account& account, Fill fill = Fill::zero);
  /// 2^order frames in one piece, aligned to their size, freed by one drop() of the first. Not in the caches.
  Result<PhysAddr> allocate_block(Account& account, u32 order, Fill fill = Fill::zero);

  /// Makes single frames of a block that has one owner: each has a share of its own from now on.
  void split(PhysAddr block);
  /// Whether a quarter is free, so that it may be handed out generously.
  [[nodiscard]] bool plenty() const { return __atomic_load_n(&pool_free_, __ATOMIC_RELAXED) > total_ / 4; }

  /// One more owner. The frame must be in use.
  void share(PhysAddr frame) { at(frame).shares.fetch_add(1, std::memory_order_relaxed); }
  /// One owner less; the last one frees the frame. No CPU may still reach it through this owner's mapping: see Batch.
  void drop(PhysAddr frame) { drop({&frame, 1}); }
  void drop(std::span<PhysAddr const> all);   ///< The same for each.
  /// 1 means that the asker, who owns a share, is alone and stays so while it shares no further.
  [[nodiscard]] u32 shares(PhysAddr frame) const { return at(frame).shares.load(std::memory_order_acquire); }

  /// The frame's entry; for addresses the table covers.
  [[nodiscard]] Frame& at(PhysAddr frame) const { return table_[frame_index(frame)]; }
  /// False for device memory and RAM above the last usable range.
  [[nodiscard]] bool covers(PhysAddr frame) const { return frame.raw() / page_bytes < frame_count_; }
  [[nodiscard]] Statistics statistics() const;

 private:
  static constexpr u32 cache_capacity = 64, line_order = 2;
  struct alignas(64) Cache {
    u32 count = 0;
    FrameIndex frames[cache_capacity] = {};
  };

  Result<FrameIndex> take_single();
  void give(FrameIndex i, u32 order);
  FrameIndex take_block(u32 order);           // pool_lock_ held; no_frame when there is none
  void give_block(FrameIndex i, u32 order);   // pool_lock_ held
  void add_range(FrameIndex begin, FrameIndex end);
  void push(FrameIndex i, u32 order);
  void cut(FrameIndex i, u32 order);

  Frame* table_ = nullptr;
  u64 frame_count_ = 0;
  u64 total_ = 0, boot_ = 0;
  mutable Lock<Rank::frames> pool_lock_;
  u64 pool_free_ = 0;
  FrameIndex lists_[max_order + 1] = {};
  Cache caches_[max_cpus];
};

}  // namespace hinge::nucleus::mm
