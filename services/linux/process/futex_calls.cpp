// The futex call: waiting, requeueing, wake_op; which operation takes which arguments (futex(2)).
#include "services/linux/core/user_memory.hpp"
#include "services/linux/process/futex.hpp"
#include "services/linux/process/wake_op.hpp"
#include "services/linux/time/clock.hpp"

namespace hinge::linux_service {

namespace {

enum Operation : i32 {
  wait, wake, fd, requeue, cmp_requeue, wake_op, lock_pi, unlock_pi, trylock_pi, wait_bitset, wake_bitset, wait_requeue_pi,
  cmp_requeue_pi, lock_pi2
};
constexpr i32 private_flag = 128, realtime_flag = 256;

/// Compares and enqueues in one step; `again` when the word differs.
Attempt<> enqueue(Thread& self, UserAddr word, FutexKey key, u32 expected, u32 mask) {
  FutexBucket& bucket = futex_bucket(key);
  for (;;) {
    {
      Guard guard{bucket.lock};
      u32 value;
      if (copy_from_user_nofault(&value, word, sizeof value) == 0) {
        if (value != expected) return fail(Errno::again);
        self.futex.thread = &self;
        self.futex.key = key;
        self.futex.mask = mask;
        self.futex.woken = false;
        bucket.append(self.futex);
        return ok;
      }
    }
    ATTEMPT(make_present(self, word, false));
  }
}

struct WaitFor {
  UserAddr word;
  u32 expected, mask;
  bool is_private;
  u64 deadline_ns;
  bool is_relative;
};

Value wait_on(Thread& self, WaitFor const& w);

/// After a stop: arguments are word, expected, mask, private, deadline.
Value continue_wait(Thread& self, Args const& a) {
  return wait_on(self, {a.address(0), a.word(1), a.word(2), a[3] != 0, a[4], true});
}

Value wait_on(Thread& self, WaitFor const& w) {
  if (w.mask == 0) return Errno::invalid;
  if (!self.request.first()) {
    if (self.futex.woken) return 0;
    if (self.request.timed_out()) return Errno::timed_out;
  }
  FutexKey const key = ATTEMPT(futex_key(self, w.word, w.is_private));
  ATTEMPT(enqueue(self, w.word, key, w.expected, w.mask));
  Value const v = self.block(w.deadline_ns, w.is_relative ? Errno::restart_relative : Errno::restart);
  if (v.kind() == Value::Kind::blocked) return v;
  futex_leave(self);
  if (self.futex.woken) return 0;  // A wake that was given to this thread is not lost.
  if (w.is_relative)
    self.restart = {continue_wait, {w.word.raw(), w.expected, w.mask, w.is_private, w.deadline_ns}};
  return v;
}

/// Wakes some, moves others to another word. Buckets are locked by address.
Value requeue_waiters(Thread& self, Args const& a, bool is_private, bool compares) {
  FutexKey const from = ATTEMPT(futex_key(self, a.address(0), is_private));
  FutexKey const to = ATTEMPT(futex_key(self, a.address(4), is_private));
  i32 const most_woken = a.integer(2), most_moved = a.integer(3);
  if (most_woken < 0 || most_moved < 0) return Errno::invalid;
  FutexBucket &source = futex_bucket(from), &target = futex_bucket(to);
  for (;;) {
    Attempt<u32> const touched = requeue_locked(source, target, from, to, {u32(most_woken), u32(most_moved)}, compares, a.address(0), a.word(5));
    if (touched || touched.error() != Errno::bad_address) return touched;
    ATTEMPT(make_present(self, a.address(0), false));
  }
}

Value wake_with_operation(Thread& self, Args const& a, bool is_private) {
  WakeOperation const op = decode_wake_operation(a.word(5));
  if (!op.is_valid) return Errno::no_system_call;
  UserAddr const second = a.address(4);
  if (second.raw() % 4) return Errno::invalid;
  u32 old;
  for (;;) {
    u32 value;
    ATTEMPT(copy_from_user(self, value, second));
    if (ATTEMPT(exchange_user_word(self, second, value, op.apply(value), old))) break;
    if (self.interrupted()) return Errno::restart_always;
  }
  u32 woken = ATTEMPT(futex_wake(self, a.address(0), a.word(2), any_waiter, is_private));
  if (op.compare(old)) woken += ATTEMPT(futex_wake(self, second, a.word(3), any_waiter, is_private));
  return woken;
}

/// The deadline of a waiting operation: relative for wait, absolute for the others; computed at the first issue.
Attempt<u64> deadline_of(Thread& self, Args const& a, i32 operation, bool realtime) {
  if (!a[3]) return no_deadline;
  if (!self.request.first()) return self.request.deadline_ns;
  u64 const time = ATTEMPT(duration_from_user(self, a.address(3)));
  i32 const clock = i32(realtime ? ClockId::realtime : ClockId::monotonic);
  self.request.deadline_ns = operation == wait ? now_ns() + time : ATTEMPT(to_monotonic(clock, time));
  return self.request.deadline_ns;
}

}  // namespace

Value sys_futex(Thread& self, Args const& a) {
  bool const is_private = a.integer(1) & private_flag;
  bool const realtime = a.integer(1) & realtime_flag;
  i32 const operation = a.integer(1) & ~(private_flag | realtime_flag);
  UserAddr const word = a.address(0);
  if (realtime && operation != wait && operation != wait_bitset && operation != lock_pi2) return Errno::no_system_call;
  switch (operation) {
    case wait: {
      u64 const deadline = ATTEMPT(deadline_of(self, a, operation, realtime));
      return wait_on(self, {word, a.word(2), any_waiter, is_private, deadline, a[3] != 0});
    }
    case wait_bitset: {
      u64 const deadline = ATTEMPT(deadline_of(self, a, operation, realtime));
      return wait_on(self, {word, a.word(2), a.word(5), is_private, deadline, false});
    }
    case wake: return futex_wake(self, word, a.word(2), any_waiter, is_private);
    case wake_bitset:
      if (a.word(5) == 0) return Errno::invalid;
      return futex_wake(self, word, a.word(2), a.word(5), is_private);
    case requeue: return requeue_waiters(self, a, is_private, false);
    case cmp_requeue: return requeue_waiters(self, a, is_private, true);
    case wake_op: return wake_with_operation(self, a, is_private);
    case lock_pi: case lock_pi2: {
      u64 const deadline = ATTEMPT(deadline_of(self, a, operation, operation == lock_pi || realtime));
      return futex_lock_pi(self, word, is_private, deadline, false);
    }
    case trylock_pi: return futex_lock_pi(self, word, is_private, no_deadline, true);
    case unlock_pi: return futex_unlock_pi(self, word, is_private);
    default: return Errno::no_system_call;
  }
}

}  // namespace hinge::linux_service
