// Resource limits: reading and setting one's own and, with the right, others'.
#include "services/linux/core/user_memory.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/time/timers.hpp"

namespace hinge::linux_service {

namespace {

constexpr u64 most_descriptors = 1 << 20;

/// The limit before; sets `to` if there is one. Raising the hard limit takes a capability.
Attempt<Limit> exchange(Thread& self, Process& p, u32 which, Limit const* to) {
  if (which >= u32(Resource::count)) return fail(Errno::invalid);
  Guard guard{p.limits_lock};
  Limit& limit = p.limits[Resource(which)];
  Limit const before = limit;
  if (!to) return before;
  if (to->soft > to->hard) return fail(Errno::invalid);
  if (Resource(which) == Resource::descriptors && to->hard > most_descriptors) return fail(Errno::not_permitted);
  if (to->hard > before.hard && !self.credentials->has(Capability::sys_resource)) return fail(Errno::not_permitted);
  limit = *to;
  return before;
}

/// prlimit(2): the caller's real ids must be all of the other's, or it has the capability.
bool may_limit(Thread& self, Process& p) {
  if (&self.process() == &p || self.credentials->has(Capability::sys_resource)) return true;
  Guard guard{p.lock};
  if (!p.threads) return false;
  Credentials const &mine = *self.credentials, &theirs = *p.threads->credentials;
  return mine.uid == theirs.uid && mine.uid == theirs.euid && mine.uid == theirs.suid && mine.gid == theirs.gid &&
         mine.gid == theirs.egid && mine.gid == theirs.sgid;
}

Attempt<Limit> change(Thread& self, Process& p, u32 which, Limit const* to) {
  Limit const before = ATTEMPT(exchange(self, p, which, to));
  if (to && Resource(which) == Resource::cpu) watch_processor_time(p);
  return before;
}

}  // namespace

Value sys_getrlimit(Thread& self, Args const& a) {
  Limit const l = ATTEMPT(exchange(self, self.process(), a.word(0), nullptr));
  return copy_to_user(self, a.address(1), l);
}

Value sys_setrlimit(Thread& self, Args const& a) {
  Limit l;
  ATTEMPT(copy_from_user(self, l, a.address(1)));
  ATTEMPT(change(self, self.process(), a.word(0), &l));
  return 0;
}

Value sys_prlimit64(Thread& self, Args const& a) {
  Limit wanted;
  if (a[2]) ATTEMPT(copy_from_user(self, wanted, a.address(2)));
  Ref<Process> const p = a.integer(0) ? find_process(a.integer(0)) : Ref<Process>{self.process()};
  if (!p) return Errno::no_process;
  if (!may_limit(self, *p)) return Errno::not_permitted;
  Limit const before = ATTEMPT(change(self, *p, a.word(1), a[2] ? &wanted : nullptr));
  if (a[3]) ATTEMPT(copy_to_user(self, a.address(3), before));
  return 0;
}

}  // namespace hinge::linux_service
