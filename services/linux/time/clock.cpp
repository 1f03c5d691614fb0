// Calls that read and set clocks.
#include "services/linux/time/clock.hpp"

#include "services/linux/core/user_memory.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/process/usage.hpp"

namespace hinge::linux_service {

constinit Handle wall_clock{};

namespace {

void set_wall_offset(u64 ns) { __atomic_store_n(&hinge_time_page.wall_offset_ns, ns, __ATOMIC_RELAXED); }

}  // namespace

Attempt<> set_wall(Thread& self, u64 ns) {
  if (!self.credentials->has(Capability::sys_time)) return fail(Errno::not_permitted);
  if (ns == 0 || !host::clock_set(wall_clock, ns)) return fail(Errno::invalid);
  set_wall_offset(ns - now_ns());
  return ok;
}

void start_clock(host::SystemInfo const& info) {
  hinge_time_page.first_tick = info.first_tick;
  hinge_time_page.ns_per_tick = info.ns_per_tick;
  set_wall_offset(host::clock(host::ClockKind::wall) - now_ns());
}

Attempt<u64> duration_from_user(Thread& self, UserAddr from) {
  TimeSpec t;
  ATTEMPT(copy_from_user(self, t, from));
  return to_ns(t);
}

namespace {

u64 sum(Usage const& u) { return u.user_ns + u.system_ns; }

/// Clocks that name a process or a thread (clock_getcpuclockid, pthread_getcpuclockid): its number inverted, above three
/// bits of which the third says thread, the others which of its times. All are told as the whole processor time.
Attempt<u64> read_named_clock(Thread& self, i32 clock) {
  constexpr i32 of_thread = 4, which = 3, descriptor = 3;
  if ((clock & which) == descriptor) return fail(Errno::invalid);
  i32 const id = ~(clock >> 3);
  if (clock & of_thread) {
    Ref<Thread> const thread = id ? find_thread(id) : Ref<Thread>{self};
    if (!thread || &thread->process() != &self.process()) return fail(Errno::invalid);
    return sum(usage_of(*thread));
  }
  Ref<Process> const process = id ? find_process(id) : Ref<Process>{self.process()};
  if (!process) return fail(Errno::invalid);
  return sum(usage_of(*process));
}

}  // namespace

Attempt<u64> read_clock(Thread& self, i32 clock) {
  if (clock < 0) return read_named_clock(self, clock);
  switch (ClockId(clock)) {
    case ClockId::realtime: case ClockId::realtime_coarse: case ClockId::realtime_alarm: case ClockId::tai: return wall_ns(hinge_time_page);
    case ClockId::monotonic: case ClockId::monotonic_raw: case ClockId::monotonic_coarse:
    case ClockId::boottime: case ClockId::boottime_alarm: return now_ns();
    case ClockId::process_cpu: return sum(usage_of(self.process()));
    case ClockId::thread_cpu: return sum(usage_of(self));
  }
  return fail(Errno::invalid);
}

Attempt<u64> to_monotonic(i32 clock, u64 time_ns) {
  switch (ClockId(clock)) {
    case ClockId::realtime: case ClockId::realtime_alarm: case ClockId::tai: {
      u64 const wall = wall_ns(hinge_time_page);
      return time_ns <= wall ? 0 : now_ns() + (time_ns - wall);
    }
    case ClockId::monotonic: case ClockId::boottime: case ClockId::boottime_alarm: return time_ns;
    case ClockId::process_cpu: case ClockId::thread_cpu: return fail(Errno::not_supported);
    default: return fail(Errno::invalid);
  }
}

Value sys_clock_gettime(Thread& self, Args const& a) {
  u64 const ns = ATTEMPT(read_clock(self, a.integer(0)));
  return copy_to_user(self, a.address(1), to_timespec(ns));
}

Value sys_clock_getres(Thread& self, Args const& a) {
  ATTEMPT(read_clock(self, a.integer(0)));
  if (!a[1]) return 0;
  return copy_to_user(self, a.address(1), TimeSpec{0, 1});
}

Value sys_clock_settime(Thread& self, Args const& a) {
  TimeSpec t;
  if (ClockId(a.integer(0)) != ClockId::realtime) return Errno::invalid;
  ATTEMPT(copy_from_user(self, t, a.address(1)));
  return set_wall(self, ATTEMPT(to_ns(t)));
}

Value sys_gettimeofday(Thread& self, Args const& a) {
  struct { i32 minutes_west = 0, dst = 0; } zone;
  if (a[0]) ATTEMPT(copy_to_user(self, a.address(0), to_timeval(wall_ns(hinge_time_page))));
  if (a[1]) ATTEMPT(copy_to_user(self, a.address(1), zone));
  return 0;
}

Value sys_settimeofday(Thread& self, Args const& a) {
  if (!a[0]) return self.credentials->has(Capability::sys_time) ? Value{0} : Value{Errno::not_permitted};
  TimeValue t;
  ATTEMPT(copy_from_user(self, t, a.address(0)));
  return set_wall(self, ATTEMPT(to_ns(t)));
}

Value sys_time(Thread& self, Args const& a) {
  i64 const seconds = i64(wall_ns(hinge_time_page) / second_ns);
  if (a[0]) ATTEMPT(copy_to_user(self, a.address(0), seconds));
  return seconds;
}

}  // namespace hinge::linux_service
