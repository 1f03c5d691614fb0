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
  u64 target_ns = 0;              ///< Of a ProcessorTimer: the processor time at which it expires; 0: not set.
  SignalInfo info;
};

constexpr i32 most_of_one_process = 1024;

constinit Mutex<rank::Timers> lock;
constinit Timer* first HINGE_GUARDED_BY(lock) = nullptr;
constinit Handle event{};

}  // namespace

/// The list of set alarms, under the lock.
struct Alarms {
  static u64 earliest() {
    u64 at = no_deadline;
    for (Alarm* a = first; a; a = a->next_) at = std::min(at, a->deadline_ns_);
    return at;
  }
  /// Whether the list held it; its reference goes to the caller.
  static bool remove(Alarm& alarm) {
    for (Alarm** at = &first; *at; at = &(*at)->next_)
      if (*at == &alarm) {
        *at = alarm.next_;
        return true;
      }
    return false;
  }
  static void add(Alarm& alarm, u64 deadline_ns) {
    alarm.deadline_ns_ = deadline_ns;
    alarm.next_ = std::exchange(first, &alarm);
  }
  static Ref<Alarm> take_due(u64 now) {
    for (Alarm* a = first; a; a = a->next_)
      if (a->deadline_ns_ <= now && remove(*a)) return Ref<Alarm>::adopt(a);
    return nullptr;
  }
  static constinit inline Alarm* first = nullptr;
};

namespace {

void arm() HINGE_REQUIRES(lock) {
  u64 earliest = Alarms::earliest();
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
    if (t->target_ns) {
      t->deadline_ns = no_deadline;  // check_processor_timer sets it anew.
      due = {Ref<Process>{*t->process}, t->number, 0, {}};
      return true;
    }
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

u64 counted(Process& process, ProcessorTimer which) {
  Usage const usage = usage_of(process);
  return which == ProcessorTimer::user ? usage.user_ns : usage.user_ns + usage.system_ns;
}

/// When to look again at a timer that expires after `left_ns` more of the process' time.
u64 next_look(Process const& process, u64 left_ns) {
  constexpr u64 soonest_ns = second_ns / 250;
  return now_ns() + std::max(left_ns / std::max(1u, process.thread_count.load(std::memory_order_relaxed)), soonest_ns);
}

void check_processor_timer(Process& process, ProcessorTimer which) {
  u64 const used = counted(process, which);
  {
    Guard guard{lock};
    Timer* const t = find(process, i32(which));
    if (!t || !t->target_ns) return;
    bool const expired = used >= t->target_ns;
    if (expired) t->target_ns = t->interval_ns ? std::max(t->target_ns + t->interval_ns, used + 1) : 0;
    if (t->target_ns) t->deadline_ns = next_look(process, t->target_ns - used);
    arm();
    if (!expired) return;
  }
  (void)send_signal(process, from_kernel(which == ProcessorTimer::user ? Signal::virtual_alarm : Signal::profile));
}

TimerSetting processor_setting(Timer const* t, u64 used) {
  if (!t || !t->target_ns) return {0, t ? t->interval_ns : 0};
  return {t->target_ns > used ? t->target_ns - used : 1, t->interval_ns};
}

Ref<Alarm> take_due_alarm() {
  Guard guard{lock};
  return Alarms::take_due(now_ns());
}

}  // namespace

void set_alarm(Alarm& alarm, u64 deadline_ns) {
  Guard guard{lock};
  bool const was_set = Alarms::remove(alarm);
  if (deadline_ns != no_deadline) {
    if (!was_set) alarm.retain();
    Alarms::add(alarm, deadline_ns);
  } else if (was_set) {
    (void)alarm.drop();  // The caller holds another.
  }
  arm();
}

void cancel_alarm(Alarm& alarm) { set_alarm(alarm, no_deadline); }

Attempt<TimerSetting> set_processor_timer(Process& process, ProcessorTimer which, TimerSetting to) {
  u64 const used = counted(process, which);
  Guard guard{lock};
  Timer* t = find(process, i32(which));
  TimerSetting const before = processor_setting(t, used);
  if (!t && to.left_ns) t = add(process, i32(which), {}, 0);
  if (!t) return to.left_ns ? Attempt<TimerSetting>{fail(Errno::no_memory)} : before;
  t->target_ns = to.left_ns ? used + to.left_ns : 0;
  t->interval_ns = to.interval_ns;
  t->deadline_ns = to.left_ns ? next_look(process, to.left_ns) : no_deadline;
  arm();
  return before;
}

TimerSetting processor_timer(Process& process, ProcessorTimer which) {
  u64 const used = counted(process, which);
  Guard guard{lock};
  return processor_setting(find(process, i32(which)), used);
}

void watch_processor_time(Process& process) { check_processor_time(process); }

Result<> start_timers(image::Provided const& provided) {
  event = TRY(host::event_create());
  Handle const portal = TRY(host::portal_create(host::own_slot(), host::PortalKind::message, reinterpret_cast<u64>(&provided), 1));
  return host::event_bind(event, portal, 0);
}

Result<> TimerServer::on(Tick::Due const&, Caller const&) {
  while (Ref<Alarm> const alarm = take_due_alarm()) alarm->due();
  for (DueSignal due; take_due(due);) {
    if (due.number == i32(ProcessorTimer::user) || due.number == i32(ProcessorTimer::all)) {
      check_processor_timer(*due.process, ProcessorTimer(due.number));
      continue;
    }
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
