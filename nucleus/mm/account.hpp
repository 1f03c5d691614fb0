// Who pays: every frame in use is charged to one account. An account must outlive the frames charged to it; a slot's
// account lives as long as the slot's number is in use, and what a process maps is charged to the account it was made with.
#pragma once

#include <atomic>

#include "base/result.hpp"

namespace hinge::nucleus::mm {

class Account {
 public:
  constexpr explicit Account(u64 limit_frames) : limit_{limit_frames} {}

  /// Takes `frames` from the allowance, or quota.
  Result<> charge(u64 frames) {
    if (used_.fetch_add(frames, std::memory_order_relaxed) + frames <= limit_.load(std::memory_order_relaxed)) return ok;
    used_.fetch_sub(frames, std::memory_order_relaxed);
    return fail(Error::quota);
  }
  void refund(u64 frames) { used_.fetch_sub(frames, std::memory_order_relaxed); }

  /// Whether a quarter of the allowance is left when `frames` more are taken.
  [[nodiscard]] bool plenty(u64 frames) const { return used() + frames < limit() - limit() / 4; }
  [[nodiscard]] u64 used() const { return used_.load(std::memory_order_relaxed); }
  [[nodiscard]] u64 limit() const { return limit_.load(std::memory_order_relaxed); }
  void set_limit(u64 frames) { limit_.store(frames, std::memory_order_relaxed); }

 private:
  std::atomic<u64> used_{0};
  std::atomic<u64> limit_;
};

}  // namespace hinge::nucleus::mm
