// Scheduling as Linux programs see it: nice values and affinity. Policies are in policy_calls.cpp.
#include <algorithm>

#include "services/linux/core/machine.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/process/schedule.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/time/clock.hpp"

namespace hinge::linux_service {

using namespace scheduling;

namespace {

enum Which : i32 { process, group, user };

/// Calls f(Thread&) for each thread that (which, who) names; no_process when there is none.
template <class F>
Attempt<> for_each_named(Thread& self, i32 which, i32 who, F f) {
  if (which < process || which > user) return fail(Errno::invalid);
  if (which == process) return f(*ATTEMPT(named(self, who)));
  i32 const own = which == group ? group_of(self.process()) : i32(self.credentials->uid);
  i32 const wanted = who ? who : own;
  bool any = false;
  for (i32 pid = next_pid(0); pid; pid = next_pid(pid)) {
    Ref<Process> const p = find_process(pid);
    if (!p || (which == group ? group_of(*p) : i32(p->owner.load(std::memory_order_relaxed))) != wanted) continue;
    for (i32 tid = next_tid(*p, 0); tid; tid = next_tid(*p, tid))
      if (Ref<Thread> const t = find_thread(tid)) {
        ATTEMPT(f(*t));
        any = true;
      }
  }
  if (!any) return fail(Errno::no_process);
  return ok;
}

}  // namespace

Value sys_sched_yield(Thread&, Args const&) {
  (void)host::yield();
  return 0;
}

Value sys_getpriority(Thread& self, Args const& a) {
  i32 best = most_nice;
  ATTEMPT(for_each_named(self, a.integer(0), a.integer(1), [&](Thread& t) -> Attempt<> {
    best = std::min(best, t.nice);
    return ok;
  }));
  return 20 - best;  // As the kernel's call answers: 1 to 40.
}

Value sys_setpriority(Thread& self, Args const& a) {
  i32 const nice = std::clamp(a.integer(2), least_nice, most_nice);
  return for_each_named(self, a.integer(0), a.integer(1), [&](Thread& t) -> Attempt<> {
    if (!may_change(self, t)) return fail(Errno::not_permitted);
    if (nice < t.nice && !may_be_nice(self, t, nice)) return fail(Errno::access);
    t.nice = nice;
    apply(t);
    return ok;
  });
}

Value sys_sched_getaffinity(Thread& self, Args const& a) {
  if (a[1] < sizeof(u64) || a[1] % sizeof(u64)) return Errno::invalid;
  if (a.integer(0) < 0) return Errno::no_process;
  Ref<Thread> const t = ATTEMPT(named(self, a.integer(0)));
  ATTEMPT(copy_to_user(self, a.address(2), t->affinity ? t->affinity : all_cpus()));
  return sizeof(u64);
}

Value sys_sched_setaffinity(Thread& self, Args const& a) {
  u64 mask = 0;
  ATTEMPT(copy_from_user(self, &mask, a.address(2), std::min<u64>(a[1], sizeof mask)));
  Ref<Thread> const t = ATTEMPT(named(self, a.integer(0)));
  if (!may_change(self, *t)) return Errno::not_permitted;
  mask &= all_cpus();
  if (mask == 0) return Errno::invalid;
  t->affinity = mask;
  apply(*t);
  return 0;
}

Value sys_sched_rr_get_interval(Thread& self, Args const& a) {
  constexpr u64 slice_ns = 4'000'000;
  ATTEMPT(named(self, a.integer(0)));
  return copy_to_user(self, a.address(1), to_timespec(slice_ns));
}

Value sys_getcpu(Thread& self, Args const& a) {
  host::ThreadInfo info{};
  ATTEMPT(host::thread_info(self.handle, &info));
  if (a[0]) ATTEMPT(copy_to_user(self, a.address(0), info.cpu));
  if (a[1]) ATTEMPT(copy_to_user(self, a.address(1), u32{0}));
  return 0;
}

}  // namespace hinge::linux_service
