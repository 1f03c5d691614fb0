// Moving waiters from one futex to another. The two locks are taken in the order of their addresses, which the compiler's
// lock analysis cannot follow; hence its exemption here and nowhere else.
#include "services/linux/core/user_memory.hpp"
#include "services/linux/process/wake_op.hpp"

namespace hinge::linux_service {

__attribute__((no_thread_safety_analysis))
Attempt<u32> requeue_locked(FutexBucket& source, FutexBucket& target, FutexKey from, FutexKey to, RequeueCounts most,
                            bool compares, UserAddr word, u32 expected) {
  struct Both {
    FutexBucket *low, *high;
    Both(FutexBucket& a, FutexBucket& b) : low{&a < &b ? &a : &b}, high{&a < &b ? &b : &a} {
      low->lock.lock();
      if (high != low) high->lock.lock();
    }
    ~Both() {
      if (high != low) high->lock.unlock();
      low->lock.unlock();
    }
  } both{source, target};

  if (compares) {
    u32 value;
    if (copy_from_user_nofault(&value, word, sizeof value) != 0) return fail(Errno::bad_address);
    if (value != expected) return fail(Errno::again);
  }
  u32 woken = 0, moved = 0;
  if (from == to) most.moved = 0;
  for (FutexNode* node = source.first; node && (woken < most.woken || moved < most.moved);) {
    FutexNode* const next = node->next;
    if (node->key == from) {
      if (woken < most.woken) {
        source.wake(*node);
        ++woken;
      } else {
        ++moved;
        source.unlink(*node);  // Never on none in between: its thread may be looking, without a lock.
        node->key = to;
        target.append(*node);
      }
    }
    node = next;
  }
  return woken + moved;
}

}  // namespace hinge::linux_service
