// Clocks and the forms in which programs give and take times.
#pragma once

#include "host/host.hpp"
#include "services/linux/core/errno.hpp"
#include "services/linux/time/time_page.hpp"

namespace hinge::linux_service {

class Thread;

inline constexpr u64 second_ns = 1'000'000'000;

/// struct timespec and struct timeval.
struct TimeSpec { i64 seconds, nanoseconds; };
struct TimeValue { i64 seconds, microseconds; };

constexpr TimeSpec to_timespec(u64 ns) { return {i64(ns / second_ns), i64(ns % second_ns)}; }
constexpr TimeValue to_timeval(u64 ns) { return {i64(ns / second_ns), i64(ns % second_ns / 1000)}; }
/// invalid for negative or overlong fractions; times beyond 292 years become the far future.
constexpr Attempt<u64> to_ns(TimeSpec t) {
  if (t.seconds < 0 || t.nanoseconds < 0 || t.nanoseconds >= i64(second_ns)) return fail(Errno::invalid);
  if (u64(t.seconds) > ~u64{0} / 2 / second_ns) return ~u64{0} / 2;
  return u64(t.seconds) * second_ns + u64(t.nanoseconds);
}
constexpr Attempt<u64> to_ns(TimeValue t) {
  if (t.microseconds < 0 || t.microseconds >= 1'000'000) return fail(Errno::invalid);
  return to_ns(TimeSpec{t.seconds, t.microseconds * 1000});
}

/// The right to set the wall clock, where the manifest grants it.
extern Handle wall_clock;
/// not_permitted without CAP_SYS_TIME; invalid: a time that the clock does not take.
Attempt<> set_wall(Thread& self, u64 ns);

/// Absolute, for block(): 0 means "at once" and is kept.
inline u64 deadline_after(u64 wait_ns) { return wait_ns == 0 ? 0 : now_ns() + wait_ns; }

/// Reads a timespec that says how long.
Attempt<u64> duration_from_user(Thread& self, UserAddr from);

/// CLOCK_* numbers. A CPU clock of another process has a negative number (not offered).
enum class ClockId : i32 {
  realtime, monotonic, process_cpu, thread_cpu, monotonic_raw, realtime_coarse, monotonic_coarse, boottime,
  realtime_alarm, boottime_alarm, tai = 11
};
/// The time a clock shows; invalid when there is no such clock.
Attempt<u64> read_clock(Thread& self, i32 clock);
/// Turns a time on a clock that one can sleep on into an absolute monotonic time.
Attempt<u64> to_monotonic(i32 clock, u64 time_ns);

}  // namespace hinge::linux_service
