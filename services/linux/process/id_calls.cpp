// Who one is: process, thread, parent, group, session.
#include "services/linux/process/tree.hpp"

namespace hinge::linux_service {

namespace {

/// A process by pid, 0 being the caller's own.
Process* named(Thread& self, i32 pid) HINGE_REQUIRES(tree_lock) {
  Process* const p = pid == 0 ? &self.process() : process_by_pid(pid);
  return p && p->life.load(std::memory_order_relaxed) < Life::reaped ? p : nullptr;
}

bool group_exists_in(i32 group, Session const* session) HINGE_REQUIRES(tree_lock) {
  for (Process* p = first_process; p; p = p->next)
    if (p->group == group && p->session.get() == session) return true;
  return false;
}

}  // namespace

Value sys_getpid(Thread& self, Args const&) { return self.process().pid; }
Value sys_gettid(Thread& self, Args const&) { return self.tid; }

Value sys_getppid(Thread& self, Args const&) {
  return self.process().parent_pid.load(std::memory_order_relaxed);
}

Value sys_getpgrp(Thread& self, Args const&) { return group_of(self.process()); }

Value sys_getpgid(Thread& self, Args const& a) {
  Guard guard{tree_lock};
  Process const* const p = named(self, a.integer(0));
  return p ? Value{p->group} : Value{Errno::no_process};
}

Value sys_getsid(Thread& self, Args const& a) {
  Guard guard{tree_lock};
  Process const* const p = named(self, a.integer(0));
  if (!p) return Errno::no_process;
  return p->session ? p->session->id : 0;
}

Value sys_setpgid(Thread& self, Args const& a) {
  if (a.integer(1) < 0) return Errno::invalid;
  Guard guard{tree_lock};
  Process& own = self.process();
  Process* const p = named(self, a.integer(0));
  if (!p) return Errno::no_process;
  i32 const group = a.integer(1) ? a.integer(1) : p->pid;
  if (p != &own) {
    if (p->parent != &own) return Errno::no_process;
    if (p->session != own.session) return Errno::not_permitted;
    if (p->has_execed) return Errno::access;
  }
  if (p->session && p->session->id == p->pid) return Errno::not_permitted;
  if (group != p->pid && !group_exists_in(group, own.session.get())) return Errno::not_permitted;
  p->group = group;
  return 0;
}

Value sys_setsid(Thread& self, Args const&) {
  Process& p = self.process();
  Ref<Session> fresh = host::make_ref<Session>(p.pid);
  if (!fresh) return Errno::no_memory;
  Guard guard{tree_lock};
  for (Process* other = first_process; other; other = other->next)
    if (other->group == p.pid) return Errno::not_permitted;
  p.session = fresh;
  p.group = p.pid;
  return p.pid;
}

}  // namespace hinge::linux_service
