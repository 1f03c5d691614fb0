// Sleeping. A relative sleep that a signal interrupts tells what is left, and after a stop goes on by restart_syscall to
// the deadline it began with.
#include "services/linux/core/user_memory.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/time/clock.hpp"

namespace hinge::linux_service {

namespace {

constexpr i32 absolute = 1;  // TIMER_ABSTIME

Value sleep_until(Thread& self, u64 deadline_ns, UserAddr remaining);

Value continue_sleep(Thread& self, Args const& a) { return sleep_until(self, a[0], a.address(1)); }

Value sleep_until(Thread& self, u64 deadline_ns, UserAddr remaining) {
  if (self.request.timed_out()) return 0;
  u64 const now = now_ns();
  if (now >= deadline_ns) return 0;
  Value const v = self.block(deadline_ns, Errno::restart_relative);
  if (v.kind() == Value::Kind::blocked) return v;
  if (remaining.raw()) ATTEMPT(copy_to_user(self, remaining, to_timespec(deadline_ns - now)));
  self.restart = {continue_sleep, {deadline_ns, remaining.raw()}};
  return v;
}

Value sleep_for(Thread& self, UserAddr how_long, UserAddr remaining) {
  if (self.request.first()) {
    u64 const wait = ATTEMPT(duration_from_user(self, how_long));
    self.request.deadline_ns = now_ns() + wait;
  }
  return sleep_until(self, self.request.deadline_ns, remaining);
}

}  // namespace

Value sys_nanosleep(Thread& self, Args const& a) { return sleep_for(self, a.address(0), a.address(1)); }

Value sys_clock_nanosleep(Thread& self, Args const& a) {
  i32 const clock = a.integer(0);
  ATTEMPT(to_monotonic(clock, 0));
  if (!(a.integer(1) & absolute)) return sleep_for(self, a.address(2), a.address(3));
  if (self.request.first()) {
    u64 const until = ATTEMPT(duration_from_user(self, a.address(2)));
    self.request.deadline_ns = ATTEMPT(to_monotonic(clock, until));
  }
  if (self.request.timed_out() || now_ns() >= self.request.deadline_ns) return 0;
  return self.block(self.request.deadline_ns, Errno::restart_unhandled);
}

}  // namespace hinge::linux_service
