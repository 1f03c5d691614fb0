// Time-outs of poll, select and epoll as programs give them, and the signal mask that comes with some.
#pragma once

#include "services/linux/core/thread.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/time/time_page.hpp"

namespace hinge::linux_service {

struct WaitSpec {
  i64 seconds, fraction;
  static constexpr i64 fractions = 1'000'000'000;
};
struct WaitVal {
  i64 seconds, fraction;
  static constexpr i64 fractions = 1'000'000;
};

inline constexpr i64 wait_second_ns = 1'000'000'000;

/// The monotonic time `ns` from now; 0 means do not wait at all.
inline u64 deadline_in(i64 ns) {
  if (ns == 0) return 0;
  u64 deadline;
  return __builtin_add_overflow(now_ns(), u64(ns), &deadline) ? no_deadline - 1 : deadline;
}

/// From a relative time in the caller's memory; null: no_deadline. invalid when it is malformed.
template <class Time>
Attempt<u64> deadline_from(Thread& self, UserAddr at) {
  if (at.raw() == 0) return no_deadline;
  Time t;
  ATTEMPT(copy_from_user(self, t, at));
  if (t.seconds < 0 || u64(t.fraction) >= u64(Time::fractions)) return fail(Errno::invalid);
  i64 ns;
  if (__builtin_mul_overflow(t.seconds, wait_second_ns, &ns) || __builtin_add_overflow(ns, t.fraction * (wait_second_ns / Time::fractions), &ns))
    return no_deadline - 1;
  return deadline_in(ns);
}

/// What is left of the time, as Linux writes it back once the call is over; a failure to write is no failure of the call.
template <class Time>
void write_remaining(Thread& self, UserAddr at, Value const& result) {
  if (at.raw() == 0 || result.kind() == Value::Kind::blocked) return;
  u64 const now = now_ns(), deadline = self.request.deadline_ns;
  u64 const left = deadline > now && deadline < no_deadline - 1 ? deadline - now : 0;
  Time const t{i64(left) / wait_second_ns, i64(left) % wait_second_ns / (wait_second_ns / Time::fractions)};
  if (deadline < no_deadline - 1) (void)copy_to_user(self, at, t);
}

/// The mask of ppoll, pselect6 and epoll_pwait: in force until the call is over. Null: none.
inline Attempt<> take_mask(Thread& self, UserAddr at, u64 bytes) {
  if (at.raw() == 0) return ok;
  if (bytes != sizeof(u64)) return fail(Errno::invalid);
  u64 mask;
  ATTEMPT(copy_from_user(self, mask, at));
  self.set_temporary_mask(SignalSet{mask});
  return ok;
}

}  // namespace hinge::linux_service
