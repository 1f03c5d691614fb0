#include "services/linux/process/schedule.hpp"

#include "services/linux/core/machine.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/time/clock.hpp"

namespace hinge::linux_service::scheduling {

u64 all_cpus() { return machine().cpus >= 64 ? ~u64{0} : (u64{1} << machine().cpus) - 1; }

void apply(Thread& t) {
  constexpr u64 real_time_ns = second_ns / 100 * 95;
  u64 const budget = is_real_time(t.policy) ? real_time_ns : second_ns;
  // A refusal changes nothing: the thread has ended.
  (void)host::schedule(t.handle, priority_of(t.policy, t.nice, t.real_time_priority), t.affinity ? t.affinity : all_cpus(), budget, second_ns);
}

void inherit(Thread& child, Thread const& parent) {
  child.policy = parent.policy;
  child.nice = parent.nice;
  child.real_time_priority = parent.real_time_priority;
  if (parent.resets_on_fork) {
    if (is_real_time(parent.policy)) {
      child.policy = Policy::other;
      child.nice = child.real_time_priority = 0;
    }
    child.nice = std::max(child.nice, 0);
  }
  // The nucleus' thread has its parent's priority, and nobody's budget.
  if (child.policy != parent.policy || child.nice != parent.nice || is_real_time(child.policy)) apply(child);
}

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

bool may_be_nice(Thread& self, Thread& other, i32 nice) {
  // RLIMIT_NICE counts from 20 down: what it holds is how far below 20 a nice value may go.
  return u64(20 - nice) <= other.process().limit(Resource::nice) || self.credentials->has(Capability::sys_nice);
}

}  // namespace hinge::linux_service::scheduling
