// Scheduling as Linux programs see it: nice values become priorities of the nucleus, affinity its CPU mask. Real-time
// policies are not offered: all threads are SCHED_OTHER.
#include <algorithm>

#include "services/linux/core/machine.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/time/clock.hpp"

namespace hinge::linux_service {

namespace {

constexpr u32 normal_priority = 8;
constexpr i32 least_nice = -20, most_nice = 19;

/// nice 0 is 8; the extremes are 3 and 13.
constexpr u32 priority_of(i32 nice) { return u32(i32(normal_priority) - nice / 4); }
static_assert(priority_of(most_nice) == 4 && priority_of(least_nice) == 13);

u64 all_cpus() { return machine().cpus >= 64 ? ~u64{0} : (u64{1} << machine().cpus) - 1; }

void apply(Thread& t) { (void)host::schedule(t.handle, priority_of(t.nice), t.affinity ? t.affinity : all_cpus()); }

Attempt<Ref<Thread>> named(Thread& self, i32 tid) {
  if (tid < 0) return fail(Errno::invalid);
  Ref<Thread> t = tid ? find_thread(tid) : Ref<Thread>{self};
  if (!t) return fail(Errno::no_process);
  return t;
}

bool may_change(Thread& self, Thread& other) {
  if (self.credentials->has(Capability::sys_nice)) return true;
  Guard guard{other.process().lock};
  u32 const euid = self.credentials->euid;
  return euid == other.credentials->uid || euid == other.credentials->euid;
}

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
    // RLIMIT_NICE counts from 20 down: what it holds is how far below 20 a nice value may go.
    bool const allowed = u64(20 - nice) <= t.process().limit(Resource::nice);
    if (nice < t.nice && !allowed && !self.credentials->has(Capability::sys_nice)) return fail(Errno::access);
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

Value sys_sched_getscheduler(Thread& self, Args const& a) {
  ATTEMPT(named(self, a.integer(0)));
  return 0;
}

Value sys_sched_setscheduler(Thread& self, Args const& a) {
  enum Policy : i32 { other = 0, batch = 3, idle = 5 };
  ATTEMPT(named(self, a.integer(0)));
  i32 priority;
  ATTEMPT(copy_from_user(self, priority, a.address(2)));
  if (priority != 0) return a.integer(1) == 1 || a.integer(1) == 2 ? Errno::not_permitted : Errno::invalid;
  switch (a.integer(1)) {
    case other: case batch: case idle: return 0;
    default: return Errno::invalid;
  }
}

Value sys_sched_getparam(Thread& self, Args const& a) {
  ATTEMPT(named(self, a.integer(0)));
  return copy_to_user(self, a.address(1), i32{0});
}

Value sys_sched_setparam(Thread& self, Args const& a) {
  ATTEMPT(named(self, a.integer(0)));
  i32 priority;
  ATTEMPT(copy_from_user(self, priority, a.address(1)));
  return priority == 0 ? Value{0} : Value{Errno::invalid};
}

Value sys_sched_get_priority_max(Thread&, Args const& a) {
  switch (a.integer(0)) {
    case 1: case 2: return 99;
    case 0: case 3: case 5: return 0;
    default: return Errno::invalid;
  }
}

Value sys_sched_get_priority_min(Thread&, Args const& a) {
  switch (a.integer(0)) {
    case 1: case 2: return 1;
    case 0: case 3: case 5: return 0;
    default: return Errno::invalid;
  }
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
