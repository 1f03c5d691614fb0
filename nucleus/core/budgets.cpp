// Budgets: a deferrable server (Strosnider, Lehoczky, Sha, IEEE Trans. Computers 1995) for each thread that has one: a
// budget for each period of fixed phase, used whenever it is wanted, never saved up. What runs out inside a service runs
// on as debt, which the next periods pay first. In any stretch of n periods a thread gets at most n + 1 budgets and what
// one request makes it owe.
//
// A thread rests only where it holds nothing: before its program's next instruction, or a worker before its next event.
// It rests even when its CPU has nothing better to do, so that the share is an upper bound on any load.
#include "nucleus/core/core.hpp"

namespace hinge::nucleus {

Result<> Core::set_budget(Thread& t, u64 budget_ns, u64 period_ns, u64 now_ns) {
  if (budget_ns < shortest_budget_ns || budget_ns > period_ns || period_ns > longest_budget_period_ns) return fail(Error::invalid);
  t.budget_ns = budget_ns < period_ns ? budget_ns : 0;
  t.period_ns = period_ns;
  t.left_ns = i64(budget_ns);
  t.period_end_ns = now_ns + period_ns;
  t.flags.fetch_and(~u32{flag_budget}, std::memory_order_relaxed);
  if (t.wait == Wait::sleep) end_wait(t, Error::none);
  return ok;
}

void Core::spend(Thread& t, u64 ns) {
  if (!t.budget_ns) return;
  t.left_ns -= i64(ns);
  if (t.left_ns <= 0) t.flags.fetch_or(flag_budget, std::memory_order_relaxed);
}

void Core::replenish(Thread& t, u64 now_ns) {
  if (!t.budget_ns || now_ns < t.period_end_ns) return;
  u64 const begun = (now_ns - t.period_end_ns) / t.period_ns + 1;
  u64 const wanted = (u64(i64(t.budget_ns) - t.left_ns) + t.budget_ns - 1) / t.budget_ns;
  t.period_end_ns += begun * t.period_ns;
  if (begun >= wanted) t.left_ns = i64(t.budget_ns);
  else t.left_ns += i64(begun * t.budget_ns);
  if (t.left_ns > 0) t.flags.fetch_and(~u32{flag_budget}, std::memory_order_relaxed);
}

bool Core::rest(Thread& t, u64 now_ns) {
  replenish(t, now_ns);
  if (!t.budget_ns || t.left_ns > 0) return false;
  t.state = ThreadState::parked;
  t.wait = Wait::sleep;
  t.deadline_ns = t.period_end_ns;
  timer_insert(t);
  return true;
}

}  // namespace hinge::nucleus
