// All timers of all processes in one list; there are few. A timer's process cannot end while it is on the list, because
// it removes its timers first. Signals are sent without the lock.
#include "services/linux/time/timers.hpp"

#include <algorithm>

#include "services/linux/process/tree.hpp"
#include "services/linux/process/usage.hpp"
#include "services/linux/signal/send.hpp"
#include "services/linux/time/clock.hpp"

namespace hinge::linux_service {

namespace {

struct Timer {
  Timer* next = nullptr;
  Process* process = nullptr;
  i32 number = real_interval;
  i32 thread = 0;
  i32 clock = 0;
  u64 deadline_ns = no_deadline;  ///< no_deadline: disarmed.
  u64 interval_ns = 0;
  i32 overrun = 0;
  SignalInfo info;
};

constexpr i32 most_of_one_process = 1024;

constinit Mutex<rank::Timers> lock;
constinit Timer* first HINGE_GUARDED_BY(lock) = nullptr;
constinit Handle event{};

void arm() HINGE_REQUIRES(lock) {
  u64 earliest = no_deadline;
  for (Timer* t = first; t; t = t->next) earliest = std::min(earliest, t->deadline_ns);
  (void)host::timer_set(event, earliest, 0);
}

Timer* find(Process& p, i32 number) HINGE_REQUIRES(lock) {
  for (Timer* t = first; t; t = t->next)
    if (t->process == &p && t->number == number) return t;
  return nullptr;
}

TimerSetting setting_of(Timer const* t) {
  if (!t || t->deadline_ns == no_deadline) return {0, t ? t->interval_ns : 0};
  u64 const now = now_ns();
  return {t->deadline_ns > now ? t->deadline_ns - now : 1, t->interval_ns};
}

Timer* add(Process& p, i32 number, SignalInfo const& info, i32 thread) HINGE_REQUIRES(lock) {
  Timer* const t = host::make<Timer>();
  if (!t) return nullptr;
  t->process = &p;
  t->number = number;
  t->info = info;
  t->thread = thread;
  t->next = first;
  first = t;
  return t;
}

template <class Matches>
void remove_if(Matches matches) HINGE_REQUIRES(lock) {
  for (Timer** at = &first; *at;) {
    Timer* const t = *at;
    if (!matches(*t)) {
      at = &t->next;
      continue;
    }
    *at = t->next;
    host::destroy(t);
  }
}

struct DueSignal {
  Ref<Process> process;
  i32 number = 0;
  i32 thread = 0;
  SignalInfo info;
};

/// Takes one timer that is due and sets it to its next time.
bool take_due(DueSignal& due) {
  Guard guard{lock};
  u64 const now = now_ns();
  for (Timer* t = first; t; t = t->next) {
    if (t->deadline_ns > now) continue;
    u64 const missed = t->interval_ns ? (now - t->deadline_ns) / t->interval_ns : 0;
    t->deadline_ns = t->interval_ns ? t->deadline_ns + (missed + 1) * t->interval_ns : no_deadline;
    t->overrun = i32(std::min<u64>(missed, 0x7fffffff));
    due = {Ref<Process>{*t->process}, t->number, t->thread, t->info};
    if (t->number >= 0) due.info.fields.timer.overrun = t->overrun;
    return true;
  }
  arm();
  return false;
}

void set_watch(Process& process, u64 deadline_ns) {
  Guard guard{lock};
  Timer* t = find(process, processor_watch);
  if (!t && !process.is_over()) t = add(process, processor_watch, {}, 0);
  if (!t) return;
  t->deadline_ns = deadline_ns;
  arm();
}

/// Looks how much time a process has used, and when to look again: not before it can have used up the rest.
void check_processor_time(Process& process) {
  Limit const limit = process.all_limits()[Resource::cpu];
  if (limit.soft == unlimited && limit.hard == unlimited) return;
  Usage const usage = usage_of(process);
  u64 const used = usage.user_ns + usage.system_ns, threads = std::max(1u, process.thread_count.load(std::memory_order_relaxed));
  constexpr u64 most_seconds = ~u64{0} / second_ns / 2, soonest_ns = second_ns / 100;
  u64 const soft = std::min(limit.soft, most_seconds) * second_ns, hard = std::min(limit.hard, most_seconds) * second_ns;
  u64 again = soft;
  if (used >= hard) {
    (void)send_signal(process, from_kernel(Signal::kill));
    return;
  }
  if (used >= soft) {
    (void)send_signal(process, from_kernel(Signal::cpu_limit));
    again = std::min(used + second_ns, hard);
  }
  set_watch(process, now_ns() + std::max((again - used) / threads, soonest_ns));
}

}  // namespace

void watch_processor_time(Process& process) { check_processor_time(process); }

Result<> start_timers(image::Provided const& provided) {
  event = TRY(host::event_create());
  Handle const portal = TRY(host::portal_create(host::own_slot(), host::PortalKind::message, reinterpret_cast<u64>(&provided), 1));
  return host::event_bind(event, portal, 0);
}

Result<> TimerServer::on(Tick::Due const&, Caller const&) {
  for (DueSignal due; take_due(due);) {
    if (due.number == processor_watch) {
      check_processor_time(*due.process);
      continue;
    }
    if (due.info.signal == 0) continue;
    Ref<Thread> const thread = due.thread ? find_thread(due.thread) : nullptr;
    if (thread) (void)send_signal(*thread, due.info);
    else (void)send_signal(*due.process, due.info);
  }
  return ok;
}

Attempt<TimerSetting> set_interval_timer(Process& process, TimerSetting to) {
  Guard guard{lock};
  Timer* t = find(process, real_interval);
  TimerSetting const before = setting_of(t);
  if (!t && to.left_ns) t = add(process, real_interval, from_kernel(Signal::alarm), 0);
  if (!t) return to.left_ns ? Attempt<TimerSetting>{fail(Errno::no_memory)} : before;
  t->deadline_ns = to.left_ns ? now_ns() + to.left_ns : no_deadline;
  t->interval_ns = to.interval_ns;
  arm();
  return before;
}

TimerSetting interval_timer(Process& process) {
  Guard guard{lock};
  return setting_of(find(process, real_interval));
}

Attempt<i32> create_timer(Process& process, i32 clock, SignalInfo const& info, i32 thread, bool has_value) {
  Guard guard{lock};
  i32 number = 0;
  while (find(process, number)) ++number;
  if (number >= most_of_one_process) return fail(Errno::again);
  Timer* const t = add(process, number, info, thread);
  if (!t) return fail(Errno::again);
  t->clock = clock;
  t->info.fields.timer.timer = number;
  if (!has_value) t->info.fields.timer.value = u64(number);
  return number;
}

Attempt<u64> timer_deadline(Process& process, i32 timer, u64 time_ns) {
  Guard guard{lock};
  Timer* const t = timer < 0 ? nullptr : find(process, timer);
  if (!t) return fail(Errno::invalid);
  return to_monotonic(t->clock, time_ns);
}

Attempt<TimerSetting> set_timer(Process& process, i32 timer, u64 deadline_ns, u64 interval_ns) {
  Guard guard{lock};
  Timer* const t = timer < 0 ? nullptr : find(process, timer);
  if (!t) return fail(Errno::invalid);
  TimerSetting const before = setting_of(t);
  t->deadline_ns = deadline_ns;
  t->interval_ns = interval_ns;
  t->overrun = 0;
  arm();
  return before;
}

Attempt<TimerSetting> timer_setting(Process& process, i32 timer) {
  Guard guard{lock};
  Timer* const t = timer < 0 ? nullptr : find(process, timer);
  if (!t) return fail(Errno::invalid);
  return setting_of(t);
}

Attempt<i32> timer_overrun(Process& process, i32 timer) {
  Guard guard{lock};
  Timer* const t = timer < 0 ? nullptr : find(process, timer);
  if (!t) return fail(Errno::invalid);
  return t->overrun;
}

Attempt<> delete_timer(Process& process, i32 timer) {
  Guard guard{lock};
  if (timer < 0 || !find(process, timer)) return fail(Errno::invalid);
  remove_if([&](Timer const& t) { return t.process == &process && t.number == timer; });
  return ok;
}

void remove_posix_timers(Process& process) {
  Guard guard{lock};
  remove_if([&](Timer const& t) { return t.process == &process && t.number >= 0; });
}

void remove_timers(Process& process) {
  Guard guard{lock};
  remove_if([&](Timer const& t) { return t.process == &process; });
}

}  // namespace hinge::linux_service
