// Seals of a file in memory (F_ADD_SEALS in fcntl(2), memfd_create(2)): what can never be done to it again. One word holds
// them and the number of mappings that are shared and could be written, so that "no such mapping" and "none from now on"
// are one step. Whoever writes by a call looks under the inode's lock, under which seals are added.
#pragma once

#include <atomic>

#include "services/linux/core/errno.hpp"
#include "services/linux/files/status.hpp"

namespace hinge::linux_service {

class Seals {
 public:
  static constexpr u32 seal = 1, shrink = 2, grow = 4, write = 8, future_write = 16, known = 31;  ///< F_SEAL_*.

  /// Files are born sealed against seals; memfd_create allows them before anybody else knows the file.
  void allow() { word_.store(0, std::memory_order_relaxed); }
  [[nodiscard]] u32 get() const { return u32(word_.load(std::memory_order_relaxed)); }

  /// not_permitted: sealed against it; busy: a mapping could write what is to be sealed.
  Attempt<> add(u32 seals) {
    u64 seen = word_.load(std::memory_order_relaxed);
    do {
      if (seen & seal) return fail(Errno::not_permitted);
      if ((seals & write) && seen >= one_mapping) return fail(Errno::busy);
    } while (!word_.compare_exchange_weak(seen, seen | seals, std::memory_order_relaxed));
    return ok;
  }
  /// A shared mapping that could be written begins, ends. not_permitted.
  Attempt<> begin_shared_writing() {
    u64 seen = word_.load(std::memory_order_relaxed);
    do
      if (seen & write) return fail(Errno::not_permitted);
    while (!word_.compare_exchange_weak(seen, seen + one_mapping, std::memory_order_relaxed));
    return ok;
  }
  void end_shared_writing() { word_.fetch_sub(one_mapping, std::memory_order_relaxed); }

  /// Where a write of `bytes` at `offset` has to end in a file of `size`. Linux writes page by page, and leaves out the whole
  /// piece of a page that would grow the file. not_permitted when that is at once.
  [[nodiscard]] Attempt<u64> write_limit(u64 offset, u64 bytes, u64 size) const {
    u32 const seals = get();
    if (seals & (write | future_write)) return fail(Errno::not_permitted);
    if (!(seals & grow) || offset + bytes <= size) return ~u64{0};
    u64 const end = size / page_bytes * page_bytes;
    if (end <= offset) return fail(Errno::not_permitted);
    return end;
  }
  [[nodiscard]] Attempt<> check_resize(u64 from, u64 to) const {
    if ((to < from && get() & shrink) || (to > from && get() & grow)) return fail(Errno::not_permitted);
    return ok;
  }

 private:
  static constexpr u64 one_mapping = u64{1} << 32;
  std::atomic<u64> word_{seal};  ///< Seals; above them, mappings.
};

}  // namespace hinge::linux_service
