// Processor time. The total of each thread is exact, taken at switches; how it divides into the program's own code and
// everything else is sampled by a tick, so that system calls need not read the clock twice. The tick only comes while
// a program's thread runs.
#include <utility>

#include "nucleus/sched/sched.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {

namespace {

alignas(64) constinit SystemTimes gone = {};

void add(SystemTimes& sum, Thread& t) HINGE_REQUIRES(core_lock) {
  auto const used = processor_times(t);
  if (t.priority == 0) {
    sum.idle_ns += used.user_ns + used.system_ns;
  } else {
    sum.user_ns += runs_programs(t) ? used.user_ns : 0;
    sum.system_ns += used.system_ns + (runs_programs(t) ? 0 : used.user_ns);
  }
}

}  // namespace

void charge(Thread& t, u64 now) {
  if (now <= t.entered_ns) return;  // clocks of two CPUs may differ a little
  u64 const from = std::exchange(t.entered_ns, now);
  t.processor_ns += now - from;
  if (!t.budget_ns) return;
  // A period that begins between the two begins with what was left then.
  u64 const before = t.period_end_ns > from && t.period_end_ns <= now ? t.period_end_ns - from : 0;
  core.spend(t, before);
  core.replenish(t, now);
  core.spend(t, now - from - before);
}

void watch_budget(Thread& t, u64 now) {
  if (!t.budget_ns) return;
  charge(t, now);
  core.replenish(t, now);
  if (t.left_ns > 0) arm_earlier(now + u64(t.left_ns));
  refresh_pending();
}

void pay_debts() {
  Thread& t = current();
  for (;;) {
    u32 const flags = t.flags.load(std::memory_order_relaxed);
    if (!(flags & (flag_budget | flag_lent)) || flags & flag_end) return;
    CoreGuard guard;
    core.forfeit(t);
    u64 const now = now_ns();
    charge(t, now);
    if (core.rest(t, now)) switch_away();
  }
}

u64 processor_time_ns(Thread const& t) {
  u64 const now = now_ns();
  return t.processor_ns + (t.state == ThreadState::running && now > t.entered_ns ? now - t.entered_ns : 0);
}

u64 next_tick(u64 now) {
  if (cpu().tick_due_ns <= now) cpu().tick_due_ns = now - now % tick_ns + tick_ns;
  return cpu().tick_due_ns;
}

void sample(Thread& t, bool in_user, u64 now) {
  if (cpu().tick_due_ns <= now) ++(in_user ? t.user_ticks : t.system_ticks);
}

/// One that no tick has met counts as the program's own: it is too short to say.
ProcessorTimes processor_times(Thread& t) {
  u64 const total = processor_time_ns(t), ticks = u64{t.user_ticks} + t.system_ticks;
  u64 user = ticks ? total / ticks * t.user_ticks + total % ticks * t.user_ticks / ticks : total;
  u64 const most = total - t.system_ns;
  user = user < t.user_ns ? t.user_ns : user > most ? most : user;
  t.user_ns = user;
  t.system_ns = total - user;
  return {t.user_ns, t.system_ns};
}

void note_end(Thread& t) { add(gone, t); }

SystemTimes system_times() {
  SystemTimes sum = gone;
  for (u32 i = 1; i <= core.threads.used(); ++i) {
    Thread& t = core.threads.at(i);
    if (t.live && t.state != ThreadState::ended) add(sum, t);
  }
  return sum;
}

}  // namespace hinge::nucleus
