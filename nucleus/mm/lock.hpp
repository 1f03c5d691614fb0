// Spin locks of the memory manager, and the order in which they may be taken. Interrupts are off while one is held
// (nucleus code always runs so). Who spins serves shootdowns meanwhile: the holder may be waiting for this CPU's answer.
//
// Order, outermost first: Rank::space (two of them only in clone: source, then the target nobody else knows), slot,
// object, roots, stacks, area,
// dma, slab, frames, mailbox. Inside the core lock only: peek. Object::withdraw alone goes from object to space, with try_lock.
#pragma once

#include <atomic>

#include "base/thread_safety.hpp"
#include "nucleus/mm/machine.hpp"

namespace hinge::nucleus::mm {

enum class Rank : u8 { space, slot, object, roots, stacks, area, dma, slab, frames, mailbox, peek };

template <Rank>
class HINGE_CAPABILITY("mutex") Lock {
 public:
  constexpr Lock() = default;
  Lock(Lock const&) = delete;
  Lock& operator=(Lock const&) = delete;

  void lock() HINGE_ACQUIRE() {
    while (!try_lock()) while_waiting();
  }
  [[nodiscard]] bool try_lock() HINGE_TRY_ACQUIRE(true) {
    // The acquire pairs with the release in unlock.
    return !held_.load(std::memory_order_relaxed) && !held_.exchange(true, std::memory_order_acquire);
  }
  void unlock() HINGE_RELEASE() { held_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> held_{false};
};

template <Rank R>
class HINGE_SCOPED_CAPABILITY Guard {
 public:
  explicit Guard(Lock<R>& lock) HINGE_ACQUIRE(lock) : lock_{lock} { lock_.lock(); }
  ~Guard() HINGE_RELEASE() { lock_.unlock(); }
  Guard(Guard const&) = delete;
  Guard& operator=(Guard const&) = delete;

 private:
  Lock<R>& lock_;
};

}  // namespace hinge::nucleus::mm
