// User and group ids (credentials(7), POSIX saved ids). Each call makes a copy, changes it and swaps it in; effective
// capabilities follow the effective user as on Linux without file capabilities.
#include "services/linux/core/thread.hpp"
#include "services/linux/core/user_memory.hpp"

namespace hinge::linux_service {

namespace {

constexpr u32 unchanged = ~u32{0};

/// Capabilities after a change of user ids (capabilities(7), "Effect of user ID changes").
void follow_users(Credentials const& before, Credentials& c) {
  bool const had_root = before.uid == 0 || before.euid == 0 || before.suid == 0;
  bool const has_root = c.uid == 0 || c.euid == 0 || c.suid == 0;
  if (had_root && !has_root && !c.keep_capabilities) c.permitted = c.effective = 0;
  if (before.euid == 0 && c.euid != 0) c.effective = 0;
  if (before.euid != 0 && c.euid == 0) c.effective = c.permitted;
}

/// Makes the changes that `change` says, or nothing when it refuses.
template <class Change>
Value change_credentials(Thread& self, Change change) {
  Ref<Credentials> c = self.credentials->copy();
  if (!c) return Errno::no_memory;
  ATTEMPT(change(*c));
  c->fsuid = c->euid;
  c->fsgid = c->egid;
  follow_users(*self.credentials, *c);
  adopt_credentials(self, c);
  return 0;
}

Attempt<> permit(bool allowed) {
  if (!allowed) return fail(Errno::not_permitted);
  return ok;
}

bool is_one_of(u32 id, u32 a, u32 b, u32 c) { return id == a || id == b || id == c; }

}  // namespace

void adopt_credentials(Thread& self, Ref<Credentials> c) {
  Process& p = self.process();
  {
    Guard guard{p.lock};
    std::swap(self.credentials, c);
  }
  p.owner.store(self.credentials->uid, std::memory_order_relaxed);
}

Value sys_getuid(Thread& self, Args const&) { return self.credentials->uid; }
Value sys_geteuid(Thread& self, Args const&) { return self.credentials->euid; }
Value sys_getgid(Thread& self, Args const&) { return self.credentials->gid; }
Value sys_getegid(Thread& self, Args const&) { return self.credentials->egid; }

Value sys_setuid(Thread& self, Args const& a) {
  u32 const id = a.word(0);
  if (id == unchanged) return Errno::invalid;
  return change_credentials(self, [&](Credentials& c) -> Attempt<> {
    if (c.has(Capability::setuid)) c.uid = c.suid = id;
    else ATTEMPT(permit(id == c.uid || id == c.suid));
    c.euid = id;
    return ok;
  });
}

Value sys_setgid(Thread& self, Args const& a) {
  u32 const id = a.word(0);
  if (id == unchanged) return Errno::invalid;
  return change_credentials(self, [&](Credentials& c) -> Attempt<> {
    if (c.has(Capability::setgid)) c.gid = c.sgid = id;
    else ATTEMPT(permit(id == c.gid || id == c.sgid));
    c.egid = id;
    return ok;
  });
}

Value sys_setreuid(Thread& self, Args const& a) {
  u32 const real = a.word(0), effective = a.word(1);
  return change_credentials(self, [&](Credentials& c) -> Attempt<> {
    Credentials const& old = *self.credentials;
    bool const may = c.has(Capability::setuid);
    if (real != unchanged) ATTEMPT(permit(may || real == old.uid || real == old.euid)), c.uid = real;
    if (effective != unchanged) ATTEMPT(permit(may || is_one_of(effective, old.uid, old.euid, old.suid))), c.euid = effective;
    if (real != unchanged || (effective != unchanged && effective != old.uid)) c.suid = c.euid;
    return ok;
  });
}

Value sys_setregid(Thread& self, Args const& a) {
  u32 const real = a.word(0), effective = a.word(1);
  return change_credentials(self, [&](Credentials& c) -> Attempt<> {
    Credentials const& old = *self.credentials;
    bool const may = c.has(Capability::setgid);
    if (real != unchanged) ATTEMPT(permit(may || real == old.gid || real == old.egid)), c.gid = real;
    if (effective != unchanged) ATTEMPT(permit(may || is_one_of(effective, old.gid, old.egid, old.sgid))), c.egid = effective;
    if (real != unchanged || (effective != unchanged && effective != old.gid)) c.sgid = c.egid;
    return ok;
  });
}

Value sys_setresuid(Thread& self, Args const& a) {
  return change_credentials(self, [&](Credentials& c) -> Attempt<> {
    Credentials const& old = *self.credentials;
    u32* const to[3] = {&c.uid, &c.euid, &c.suid};
    for (u32 i = 0; i < 3; ++i) {
      u32 const id = a.word(i);
      if (id == unchanged) continue;
      ATTEMPT(permit(c.has(Capability::setuid) || is_one_of(id, old.uid, old.euid, old.suid)));
      *to[i] = id;
    }
    return ok;
  });
}

Value sys_setresgid(Thread& self, Args const& a) {
  return change_credentials(self, [&](Credentials& c) -> Attempt<> {
    Credentials const& old = *self.credentials;
    u32* const to[3] = {&c.gid, &c.egid, &c.sgid};
    for (u32 i = 0; i < 3; ++i) {
      u32 const id = a.word(i);
      if (id == unchanged) continue;
      ATTEMPT(permit(c.has(Capability::setgid) || is_one_of(id, old.gid, old.egid, old.sgid)));
      *to[i] = id;
    }
    return ok;
  });
}

Value sys_getresuid(Thread& self, Args const& a) {
  Credentials const& c = *self.credentials;
  ATTEMPT(copy_to_user(self, a.address(0), c.uid));
  ATTEMPT(copy_to_user(self, a.address(1), c.euid));
  return copy_to_user(self, a.address(2), c.suid);
}

Value sys_getresgid(Thread& self, Args const& a) {
  Credentials const& c = *self.credentials;
  ATTEMPT(copy_to_user(self, a.address(0), c.gid));
  ATTEMPT(copy_to_user(self, a.address(1), c.egid));
  return copy_to_user(self, a.address(2), c.sgid);
}

Value sys_setfsuid(Thread& self, Args const& a) {
  Credentials const& old = *self.credentials;
  u32 const id = a.word(0), before = old.fsuid;
  if (id == before || !(old.has(Capability::setuid) || id == old.fsuid || is_one_of(id, old.uid, old.euid, old.suid))) return before;
  if (Ref<Credentials> c = old.copy()) c->fsuid = id, adopt_credentials(self, c);
  return before;
}

Value sys_setfsgid(Thread& self, Args const& a) {
  Credentials const& old = *self.credentials;
  u32 const id = a.word(0), before = old.fsgid;
  if (id == before || !(old.has(Capability::setgid) || id == old.fsgid || is_one_of(id, old.gid, old.egid, old.sgid))) return before;
  if (Ref<Credentials> c = old.copy()) c->fsgid = id, adopt_credentials(self, c);
  return before;
}

Value sys_getgroups(Thread& self, Args const& a) {
  Credentials const& c = *self.credentials;
  if (a.integer(0) < 0) return Errno::invalid;
  if (a.integer(0) == 0) return c.group_count;
  if (u32(a.integer(0)) < c.group_count) return Errno::invalid;
  ATTEMPT(copy_to_user(self, a.address(1), c.groups, c.group_count * sizeof c.groups[0]));
  return c.group_count;
}

Value sys_setgroups(Thread& self, Args const& a) {
  if (!self.credentials->has(Capability::setgid)) return Errno::not_permitted;
  if (a.integer(0) < 0 || a.word(0) > Credentials::max_groups) return Errno::invalid;
  Ref<Credentials> c = self.credentials->copy();
  if (!c) return Errno::no_memory;
  c->group_count = a.word(0);
  ATTEMPT(copy_from_user(self, c->groups, a.address(1), c->group_count * sizeof c->groups[0]));
  adopt_credentials(self, c);
  return 0;
}

}  // namespace hinge::linux_service
