// Spin locks for the nucleus: short sections, interrupts off. Debug check: taking a lock this CPU already holds, or
// releasing one it does not hold, panics instead of hanging.
#pragma once

#include <atomic>

#include "base/thread_safety.hpp"
#include "base/types.hpp"
#include "nucleus/arch/x86_64/cpu.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"

namespace hinge::nucleus {

[[noreturn]] void spinlock_misuse(char const* what);

/// Interrupts are off while one of these lives; nests.
class InterruptsOff {
 public:
  InterruptsOff() : were_on_{interrupts_enabled()} { disable_interrupts(); }
  ~InterruptsOff() { if (were_on_) enable_interrupts(); }
  InterruptsOff(InterruptsOff const&) = delete;
  InterruptsOff& operator=(InterruptsOff const&) = delete;
  [[nodiscard]] bool were_on() const { return were_on_; }

 private:
  bool were_on_;
};

class HINGE_CAPABILITY("spinlock") SpinLock {
 public:
  constexpr SpinLock() = default;
  SpinLock(SpinLock const&) = delete;
  SpinLock& operator=(SpinLock const&) = delete;

  /// Interrupts must be off.
  void lock() HINGE_ACQUIRE() {
    u32 const self = cpu().id + 1;
    for (;;) {
      u32 free = 0;
      // Acquire: pairs with the release in unlock.
      if (owner_.compare_exchange_weak(free, self, std::memory_order_acquire, std::memory_order_relaxed)) return;
      if (free == self) spinlock_misuse("taken twice by one CPU");
      while (owner_.load(std::memory_order_relaxed) != 0) pause();
    }
  }
  bool try_lock() HINGE_TRY_ACQUIRE(true) {
    u32 free = 0;
    return owner_.compare_exchange_strong(free, cpu().id + 1, std::memory_order_acquire, std::memory_order_relaxed);
  }
  void unlock() HINGE_RELEASE() {
    if (!held()) spinlock_misuse("released by a CPU that does not hold it");
    owner_.store(0, std::memory_order_release);
  }
  /// By this CPU.
  [[nodiscard]] bool held() const { return owner_.load(std::memory_order_relaxed) == cpu().id + 1; }

 private:
  std::atomic<u32> owner_{0};  ///< Id of the holder plus 1; 0: free.
};

/// Holds a lock for a scope, interrupts off.
class HINGE_SCOPED_CAPABILITY SpinGuard {
 public:
  explicit SpinGuard(SpinLock& lock) HINGE_ACQUIRE(lock) : lock_{lock} { lock_.lock(); }
  ~SpinGuard() HINGE_RELEASE() { lock_.unlock(); }
  SpinGuard(SpinGuard const&) = delete;
  SpinGuard& operator=(SpinGuard const&) = delete;

 private:
  InterruptsOff off_;
  SpinLock& lock_;
};

}  // namespace hinge::nucleus
