#include "nucleus/debug/log.hpp"

#include <atomic>

#include "base/memory.hpp"
#include "nucleus/arch/x86_64/spinlock.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {
namespace {

constexpr u64 ring_bytes = 128 * 1024;
constexpr u16 debug_port = 0xe9;
constexpr u32 patience = 1 << 20;

constinit SpinLock lock{};
constinit char ring[ring_bytes] HINGE_GUARDED_BY(lock){};
constinit std::atomic<u64> end{0};  ///< Only grows; release pairs with the acquire in log_end: the bytes before it are there.

/// A lock that gives up: an NMI or a panic must be able to log whoever was interrupted. Torn lines are better than none.
class Hold {
 public:
  Hold() {
    for (u32 i = 0; i < patience && !lock.held(); ++i) {
      if ((held_ = lock.try_lock())) return;
      pause();
    }
  }
  ~Hold() { if (held_) lock.unlock(); }
  Hold(Hold const&) = delete;
  Hold& operator=(Hold const&) = delete;

 private:
  InterruptsOff off_;
  bool held_ = false;
};

void put(std::string_view text) HINGE_REQUIRES(lock) {
  u64 at = end.load(std::memory_order_relaxed);
  for (char c : text) ring[at++ % ring_bytes] = c;
  end.store(at, std::memory_order_release);
  char const* from = text.data();
  usize bytes = text.size();
  asm volatile("rep outsb" : "+S"(from), "+c"(bytes) : "d"(debug_port) : "memory");
}

}  // namespace

[[clang::no_thread_safety_analysis]] void log_line(std::string_view text) {
  char stamp[32];
  u64 const us = now_ns() / 1000;
  Hold const hold;
  put(format_to(stamp, "[{5}.{06}] ", us / 1'000'000, us % 1'000'000));
  put(text);
  put("\n");
}

u64 log_end() { return end.load(std::memory_order_acquire); }

u64 log_begin() {
  u64 const e = log_end();
  return e > ring_bytes ? e - ring_bytes : 0;
}

Result<usize> log_read(u64 at, std::span<char> to) {
  SpinGuard const guard{lock};
  u64 const e = log_end();
  if (at < log_begin()) return fail(Error::not_found);
  if (at > e) return fail(Error::invalid);
  usize n = 0;
  for (; n < to.size() && at < e; ++n, ++at) to[n] = ring[at % ring_bytes];
  return n;
}

}  // namespace hinge::nucleus
