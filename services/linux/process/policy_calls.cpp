// Scheduling policies: sched_setscheduler(2) and its kin, sched_setattr(2). What they come to is in schedule.hpp.
#include <algorithm>
#include <optional>

#include "services/linux/core/user_memory.hpp"
#include "services/linux/process/schedule.hpp"

namespace hinge::linux_service {

using namespace scheduling;

namespace {

constexpr u32 reset_on_fork = 0x4000'0000;  // SCHED_RESET_ON_FORK, beside the policy

struct Wanted {
  Policy policy;
  i32 priority;
  bool resets_on_fork;
  std::optional<i32> nice;
};

/// What an ordinary user may not: become real-time beyond RLIMIT_RTPRIO, leave SCHED_IDLE without the right to be that
/// nice, undo SCHED_RESET_ON_FORK.
bool may_have(Thread& self, Thread& t, Wanted const& w) {
  if (self.credentials->has(Capability::sys_nice)) return true;
  if (!may_change(self, t)) return false;
  if (is_real_time(w.policy)) {
    u64 const most = t.process().limit(Resource::real_time_priority);
    bool const raises = w.priority > t.real_time_priority && u64(w.priority) > most;
    if (raises || (w.policy != t.policy && !most)) return false;
  }
  if (t.policy == Policy::idle && w.policy != Policy::idle && !may_be_nice(self, t, t.nice)) return false;
  if (w.nice && *w.nice < t.nice && !may_be_nice(self, t, *w.nice)) return false;
  return w.resets_on_fork || !t.resets_on_fork;
}

Attempt<> set(Thread& self, i32 tid, Wanted const& w) {
  Ref<Thread> const t = ATTEMPT(named(self, tid));
  if (!exists(w.policy)) return fail(Errno::invalid);
  bool const fits = is_real_time(w.policy) ? w.priority >= least_real_time && w.priority <= most_real_time : w.priority == 0;
  if (!fits) return fail(Errno::invalid);
  if (!may_have(self, *t, w)) return fail(Errno::not_permitted);
  t->policy = w.policy;
  t->real_time_priority = u8(w.priority);
  t->resets_on_fork = w.resets_on_fork;
  if (w.nice && !is_real_time(w.policy)) t->nice = *w.nice;
  apply(*t);
  return ok;
}

/// struct sched_attr, as long as it was first.
struct Attributes {
  u32 bytes, policy;
  u64 flags;
  i32 nice;
  u32 priority;
  u64 runtime, deadline, period;
};
static_assert(sizeof(Attributes) == 48);

}  // namespace

Value sys_sched_setscheduler(Thread& self, Args const& a) {
  if (a.integer(1) < 0) return Errno::invalid;
  i32 priority;
  ATTEMPT(copy_from_user(self, priority, a.address(2)));
  return set(self, a.integer(0), {Policy(a.word(1) & ~reset_on_fork), priority, (a.word(1) & reset_on_fork) != 0, {}});
}

Value sys_sched_getscheduler(Thread& self, Args const& a) {
  Ref<Thread> const t = ATTEMPT(named(self, a.integer(0)));
  return u32(t->policy) | (t->resets_on_fork ? reset_on_fork : 0);
}

Value sys_sched_setparam(Thread& self, Args const& a) {
  i32 priority;
  ATTEMPT(copy_from_user(self, priority, a.address(1)));
  Ref<Thread> const t = ATTEMPT(named(self, a.integer(0)));
  return set(self, a.integer(0), {t->policy, priority, t->resets_on_fork, {}});
}

Value sys_sched_getparam(Thread& self, Args const& a) {
  if (!a[1]) return Errno::invalid;
  Ref<Thread> const t = ATTEMPT(named(self, a.integer(0)));
  return copy_to_user(self, a.address(1), i32{t->real_time_priority});
}

Value sys_sched_setattr(Thread& self, Args const& a) {
  constexpr u64 flag_reset = 1, flag_keep_policy = 8, flag_keep_parameters = 16;
  if (!a[1] || a.integer(0) < 0 || a.word(2)) return Errno::invalid;
  u32 bytes;
  ATTEMPT(copy_from_user(self, bytes, a.address(1)));
  if (bytes && bytes < sizeof(Attributes)) return Errno::too_big;
  Attributes from;
  ATTEMPT(copy_from_user(self, from, a.address(1)));
  if (from.flags & ~(flag_reset | flag_keep_policy | flag_keep_parameters)) return Errno::invalid;
  Ref<Thread> const t = ATTEMPT(named(self, a.integer(0)));
  Policy const policy = from.flags & flag_keep_policy ? t->policy : Policy(from.policy);
  Wanted w{policy, i32(from.priority), (from.flags & flag_reset) != 0, std::clamp(from.nice, least_nice, most_nice)};
  if (from.flags & flag_keep_parameters) w.priority = t->real_time_priority, w.nice = t->nice;
  return set(self, a.integer(0), w);
}

Value sys_sched_getattr(Thread& self, Args const& a) {
  if (!a[1] || a.integer(0) < 0 || a.word(2) < sizeof(Attributes) || a.word(2) > page_bytes || a.word(3)) return Errno::invalid;
  Ref<Thread> const t = ATTEMPT(named(self, a.integer(0)));
  Attributes to{};
  to.bytes = sizeof to;
  to.policy = u32(t->policy);
  to.flags = t->resets_on_fork;
  if (is_real_time(t->policy)) to.priority = t->real_time_priority;
  else to.nice = t->nice;
  return copy_to_user(self, a.address(1), to);
}

Value sys_sched_get_priority_max(Thread&, Args const& a) {
  Policy const policy{a.word(0)};
  if (!exists(policy)) return Errno::invalid;
  return is_real_time(policy) ? most_real_time : 0;
}

Value sys_sched_get_priority_min(Thread&, Args const& a) {
  Policy const policy{a.word(0)};
  if (!exists(policy)) return Errno::invalid;
  return is_real_time(policy) ? least_real_time : 0;
}

}  // namespace hinge::linux_service
