// ErrorSequence: that write-back failed is told to each open file once, by its next fsync, however many share the file;
// an error that nobody has been told of yet is told to files that are opened later too (as Linux has it since 4.13).
#pragma once

#include <atomic>

#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

class ErrorSequence {
 public:
  /// What an open file remembers.
  using Mark = u64;

  void record(Errno e) {
    Mark seen = state_.load(std::memory_order_relaxed);
    while (!state_.compare_exchange_weak(seen, ((seen >> count_shift) + 1) << count_shift | u64(e), std::memory_order_acq_rel)) {}
  }
  /// For a file that is opened now.
  [[nodiscard]] Mark mark() const {
    Mark const now = state_.load(std::memory_order_acquire);
    return now & told ? now : 0;
  }
  /// The last error since `mark`, which then is up to date.
  Attempt<> check(std::atomic<Mark>& mark) {
    Mark now = state_.load(std::memory_order_acquire);
    if (now == 0 || (now | told) == (mark.load(std::memory_order_relaxed) | told)) return ok;
    while (!state_.compare_exchange_weak(now, now | told, std::memory_order_acq_rel)) {}
    if ((mark.exchange(now | told, std::memory_order_relaxed) | told) == (now | told)) return ok;  // Another thread was told.
    return fail(Errno(now & errno_mask));
  }

 private:
  static constexpr u64 errno_mask = 0xfff, told = 0x1000;
  static constexpr u32 count_shift = 13;
  std::atomic<u64> state_{0};
};

}  // namespace hinge::linux_service
