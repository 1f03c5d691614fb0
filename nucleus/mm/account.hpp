// Who pays: every frame in use is charged to one account. An account must outlive the frames charged to it; a slot's
// account lives as long as the slot's number is in use, and what a process maps is charged to the account it was made with.
//
// The allowance is taken in batches where the limit is far, so that CPUs do not meet at each frame: a CPU keeps some that
// nobody uses. Whoever reads the count, changes the limit or meets it takes them back first, so both are exact.
#pragma once

#include <atomic>

#include "base/result.hpp"
#include "nucleus/mm/machine.hpp"

namespace hinge::nucleus::mm {

class Account {
 public:
  constexpr explicit Account(u64 limit_frames = 0) : limit_{limit_frames} {}

  /// Takes `frames` from the allowance, or quota.
  Result<> charge(u64 frames) {
    std::atomic<u64>& spare = own_[this_cpu()].spare;
    for (u64 have = spare.load(std::memory_order_relaxed); have >= frames;)
      if (spare.compare_exchange_weak(have, have - frames, std::memory_order_relaxed)) return ok;
    if (plenty(frames + batch) && take(frames + batch)) return spare.fetch_add(batch, std::memory_order_relaxed), ok;
    if (take(frames)) return ok;
    collect();
    return take(frames) ? Result<>{ok} : fail(Error::quota);
  }
  void refund(u64 frames) {
    std::atomic<u64>& spare = own_[this_cpu()].spare;
    if (spare.fetch_add(frames, std::memory_order_relaxed) + frames > 2 * batch) take_back(spare, batch);
  }

  /// Whether a quarter of the allowance is left when `frames` more are taken.
  [[nodiscard]] bool plenty(u64 frames) const { return taken_.load(std::memory_order_relaxed) + frames < limit() - limit() / 4; }
  [[nodiscard]] u64 used() {
    collect();
    return taken_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] u64 limit() const { return limit_.load(std::memory_order_relaxed); }
  void set_limit(u64 frames) {
    collect();
    limit_.store(frames, std::memory_order_relaxed);
  }

 private:
  static constexpr u64 batch = 64;

  bool take(u64 frames) {
    if (taken_.fetch_add(frames, std::memory_order_relaxed) + frames <= limit()) return true;
    taken_.fetch_sub(frames, std::memory_order_relaxed);
    return false;
  }
  /// Leaves at most `kept` there.
  void take_back(std::atomic<u64>& spare, u64 kept) {
    u64 have = spare.load(std::memory_order_relaxed);
    while (have > kept && !spare.compare_exchange_weak(have, kept, std::memory_order_relaxed)) {}
    if (have > kept) taken_.fetch_sub(have - kept, std::memory_order_relaxed);
  }
  void collect() {
    for (Own& own : own_) take_back(own.spare, 0);
  }

  std::atomic<u64> taken_{0};
  std::atomic<u64> limit_;
  struct alignas(64) Own { std::atomic<u64> spare{0}; } own_[max_cpus];  ///< Of taken_, in nobody's use.
};

}  // namespace hinge::nucleus::mm
