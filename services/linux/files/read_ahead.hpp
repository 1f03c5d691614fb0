// ReadAhead: how much an open file reads at once when a page is missing. Reading on where the last batch ended doubles
// the window, up to 128 KiB; reading elsewhere asks for what is wanted and no more. One for each open file; a guess that
// two threads spoil for each other costs time only, so there is no lock.
#pragma once

#include <algorithm>
#include <atomic>

#include "base/types.hpp"

namespace hinge::linux_service {

class ReadAhead {
 public:
  static constexpr u32 smallest = 4, largest = 32;  ///< Pages.

  /// Pages to read from `index` on, where one is missing; the request still wants `wanted` pages (at least 1).
  u32 at_miss(u64 index, u64 wanted) {
    u32 const asked = u32(std::clamp<u64>(wanted, 1, largest));
    Pattern const pattern = pattern_.load(std::memory_order_relaxed);
    u32 window = 0;
    if (pattern == Pattern::sequential) window = largest;
    else if (pattern == Pattern::normal && index == next_.load(std::memory_order_relaxed))
      window = std::clamp(window_.load(std::memory_order_relaxed) * 2, smallest, largest);
    u32 const count = std::max(asked, window);
    window_.store(window, std::memory_order_relaxed);
    next_.store(index + count, std::memory_order_relaxed);
    return count;
  }

  /// posix_fadvise's patterns.
  enum class Pattern : u32 { normal, random, sequential };
  void expect(Pattern pattern) { pattern_.store(pattern, std::memory_order_relaxed); }

 private:
  std::atomic<u64> next_{0};    ///< A first read at the beginning counts as reading on.
  std::atomic<u32> window_{0};
  std::atomic<Pattern> pattern_{Pattern::normal};
};

}  // namespace hinge::linux_service
