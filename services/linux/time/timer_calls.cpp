// alarm, setitimer and the POSIX timers' calls, and what tells of processor time.
#include "services/linux/core/user_memory.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/process/usage.hpp"
#include "services/linux/signal/signal_event.hpp"
#include "services/linux/time/clock.hpp"
#include "services/linux/time/timers.hpp"

namespace hinge::linux_service {

namespace {

struct IntervalValue { TimeValue interval, value; };   // struct itimerval
struct IntervalSpec { TimeSpec interval, value; };     // struct itimerspec

/// struct rusage; what is not counted is zero.
struct ResourceUsage {
  TimeValue user, system;
  i64 peak_resident_kib, unused_one[3], minor_faults, unused_two[8], involuntary_switches;
};
static_assert(sizeof(ResourceUsage) == 144);

IntervalValue to_user(TimerSetting s) { return {to_timeval(s.interval_ns), to_timeval(s.left_ns)}; }
IntervalSpec to_user_spec(TimerSetting s) { return {to_timespec(s.interval_ns), to_timespec(s.left_ns)}; }

/// setitimer's first argument.
enum class Interval : u32 { real, user, all };
constexpr ProcessorTimer processor(Interval i) { return i == Interval::user ? ProcessorTimer::user : ProcessorTimer::all; }

}  // namespace

Attempt<> copy_usage_to_user(Thread& self, UserAddr to, Usage const& usage) {
  ResourceUsage u{};
  u.user = to_timeval(usage.user_ns);
  u.system = to_timeval(usage.system_ns);
  u.minor_faults = i64(usage.minor_faults);
  u.involuntary_switches = i64(usage.switches);
  u.peak_resident_kib = i64(usage.peak_resident_bytes / 1024);
  return copy_to_user(self, to, u);
}

Value sys_alarm(Thread& self, Args const& a) {
  TimerSetting const before = ATTEMPT(set_interval_timer(self.process(), {a.word(0) * second_ns, 0}));
  return (before.left_ns + second_ns - 1) / second_ns;
}

Value sys_setitimer(Thread& self, Args const& a) {
  auto const which = Interval(a.word(0));
  if (which > Interval::all) return Errno::invalid;
  IntervalValue wanted{};
  if (a[1]) ATTEMPT(copy_from_user(self, wanted, a.address(1)));
  TimerSetting const to{ATTEMPT(to_ns(wanted.value)), ATTEMPT(to_ns(wanted.interval))};
  TimerSetting const before = ATTEMPT(which == Interval::real ? set_interval_timer(self.process(), to)
                                                              : set_processor_timer(self.process(), processor(which), to));
  if (a[2]) ATTEMPT(copy_to_user(self, a.address(2), to_user(before)));
  return 0;
}

Value sys_getitimer(Thread& self, Args const& a) {
  auto const which = Interval(a.word(0));
  if (which > Interval::all) return Errno::invalid;
  TimerSetting const now = which == Interval::real ? interval_timer(self.process()) : processor_timer(self.process(), processor(which));
  return copy_to_user(self, a.address(1), to_user(now));
}

Value sys_timer_create(Thread& self, Args const& a) {
  ATTEMPT(to_monotonic(a.integer(0), 0));
  SignalEvent event{};
  event.signal = i32(Signal::alarm);
  bool const given = a[1] != 0;
  if (given) ATTEMPT(copy_from_user(self, event, a.address(1)));
  i32 const mode = event.notify & ~by_thread_id;
  if ((mode != by_signal && event.notify != none) || event.signal < 1 || event.signal > i32(signal_count)) return Errno::invalid;
  if (event.notify & by_thread_id) {
    Ref<Thread> const thread = find_thread(event.thread);
    if (!thread || &thread->process() != &self.process()) return Errno::invalid;
  }
  SignalInfo info{.signal = event.notify == none ? 0 : event.signal, .code = signal_code::timer};
  info.fields.timer.value = event.value;
  i32 const thread = event.notify & by_thread_id ? event.thread : 0;
  i32 const number = ATTEMPT(create_timer(self.process(), a.integer(0), info, thread, given));
  if (auto written = copy_to_user(self, a.address(2), number); !written) {
    (void)delete_timer(self.process(), number);
    return written.error();
  }
  return 0;
}

Value sys_timer_settime(Thread& self, Args const& a) {
  constexpr i32 absolute = 1;
  IntervalSpec wanted;
  ATTEMPT(copy_from_user(self, wanted, a.address(2)));
  u64 const value = ATTEMPT(to_ns(wanted.value)), interval = ATTEMPT(to_ns(wanted.interval));
  u64 deadline = no_deadline;
  if (value) deadline = a.integer(1) & absolute ? ATTEMPT(timer_deadline(self.process(), a.integer(0), value)) : now_ns() + value;
  TimerSetting const before = ATTEMPT(set_timer(self.process(), a.integer(0), deadline, interval));
  if (a[3]) ATTEMPT(copy_to_user(self, a.address(3), to_user_spec(before)));
  return 0;
}

Value sys_timer_gettime(Thread& self, Args const& a) {
  TimerSetting const s = ATTEMPT(timer_setting(self.process(), a.integer(0)));
  return copy_to_user(self, a.address(1), to_user_spec(s));
}

Value sys_timer_getoverrun(Thread& self, Args const& a) { return timer_overrun(self.process(), a.integer(0)); }

Value sys_timer_delete(Thread& self, Args const& a) { return delete_timer(self.process(), a.integer(0)); }

Value sys_getrusage(Thread& self, Args const& a) {
  enum Who : i32 { children = -1, own = 0, thread = 1 };
  switch (a.integer(0)) {
    case own: {
      Usage usage = usage_of(self.process());
      add_usage(usage, {.peak_resident_bytes = self.space().resident_bytes()});
      return copy_usage_to_user(self, a.address(1), usage);
    }
    case thread: return copy_usage_to_user(self, a.address(1), usage_of(self));
    case children: return copy_usage_to_user(self, a.address(1), usage_of_children(self.process()));
    default: return Errno::invalid;
  }
}

Value sys_times(Thread& self, Args const& a) {
  Usage const own = usage_of(self.process()), children = usage_of_children(self.process());
  i64 const ticks[4] = {i64(to_ticks(own.user_ns)), i64(to_ticks(own.system_ns)), i64(to_ticks(children.user_ns)),
                        i64(to_ticks(children.system_ns))};
  if (a[0]) ATTEMPT(copy_to_user(self, a.address(0), ticks));
  return to_ticks(now_ns());
}

}  // namespace hinge::linux_service
