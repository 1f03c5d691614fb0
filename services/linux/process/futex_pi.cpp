// FUTEX_LOCK_PI and its kin: the word holds the owner's tid, the kernel hands it to the next waiter at unlock. The word
// is changed under the bucket's lock, so that no unlock misses a waiter that is just being added.
#include "services/linux/core/user_memory.hpp"
#include "services/linux/process/futex.hpp"
#include "services/linux/process/tree.hpp"

namespace hinge::linux_service {

namespace {

FutexNode* first_waiter(FutexBucket& bucket, FutexKey key, FutexNode* after) HINGE_REQUIRES(bucket.lock) {
  for (FutexNode* n = after ? after->next : bucket.first; n; n = n->next)
    if (n->key == key) return n;
  return nullptr;
}

/// One round under the lock; `again`: the word changed or is not present.
enum class Step { done, waits, again, deadlock };

Step try_lock(Thread& self, FutexBucket& bucket, FutexKey key, UserAddr word, bool only_try) {
  Guard guard{bucket.lock};
  u32 old;
  if (host::table().exchange_word(word.raw(), 0, u32(self.tid), &old) != 0) return Step::again;
  if (old == 0) return Step::done;
  u32 const owner = old & futex_word::owner;
  u32 seen;
  if (owner == u32(self.tid)) return self.futex.woken ? Step::done : Step::deadlock;
  if (owner == 0) {
    u32 const mine = u32(self.tid) | (old & ~futex_word::owner);
    return host::table().exchange_word(word.raw(), old, mine, &seen) == 0 && seen == old ? Step::done : Step::again;
  }
  if (only_try) return Step::waits;
  if (!(old & futex_word::waiters)) {
    if (host::table().exchange_word(word.raw(), old, old | futex_word::waiters, &seen) != 0 || seen != old) return Step::again;
  }
  self.futex.thread = &self;
  self.futex.key = key;
  self.futex.mask = any_waiter;
  self.futex.woken = false;
  bucket.append(self.futex);
  return Step::waits;
}

}  // namespace

Value futex_lock_pi(Thread& self, UserAddr word, bool is_private, u64 deadline_ns, bool only_try) {
  FutexKey const key = ATTEMPT(futex_key(self, word, is_private));
  FutexBucket& bucket = futex_bucket(key);
  if (self.request.first()) self.futex.woken = false;
  for (;;) {
    u32 value;
    ATTEMPT(copy_from_user(self, value, word));
    u32 const owner = value & futex_word::owner;
    if (owner && owner != u32(self.tid) && !find_thread(i32(owner)) && !(value & futex_word::owner_died)) return Errno::no_process;
    switch (try_lock(self, bucket, key, word, only_try)) {
      case Step::done: return 0;
      case Step::deadlock: return Errno::deadlock;
      case Step::again:
        ATTEMPT(make_present(self, word, true));
        if (self.interrupted()) return Errno::restart_always;
        continue;
      case Step::waits:
        if (only_try) return Errno::again;
        if (self.request.timed_out()) return Errno::timed_out;
        return self.block(deadline_ns, Errno::restart_always);
    }
  }
}

Value futex_unlock_pi(Thread& self, UserAddr word, bool is_private) {
  FutexKey const key = ATTEMPT(futex_key(self, word, is_private));
  FutexBucket& bucket = futex_bucket(key);
  for (;;) {
    u32 value;
    ATTEMPT(copy_from_user(self, value, word));
    if ((value & futex_word::owner) != u32(self.tid)) return Errno::not_permitted;
    {
      Guard guard{bucket.lock};
      FutexNode* const next = first_waiter(bucket, key, nullptr);
      u32 desired = 0, old;
      if (next) desired = u32(next->thread->tid) | (first_waiter(bucket, key, next) ? futex_word::waiters : 0);
      if (host::table().exchange_word(word.raw(), value, desired, &old) == 0 && old == value) {
        if (next) bucket.wake(*next);
        return 0;
      }
    }
    ATTEMPT(make_present(self, word, true));
    if (self.interrupted()) return Errno::restart_always;
  }
}

}  // namespace hinge::linux_service
