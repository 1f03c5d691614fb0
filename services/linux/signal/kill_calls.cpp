// kill and its kin: finding the receivers, and whether the sender may.
#include "services/linux/core/user_memory.hpp"
#include "services/linux/signal/notify.hpp"

namespace hinge::linux_service {

namespace {

/// Linux' rule (kill(2)): same real or effective user as the receiver's real or saved one; SIGCONT also in one session.
bool may_signal(Thread& self, Process& to, Signal s) HINGE_REQUIRES(tree_lock) {
  if (&self.process() == &to) return true;
  Credentials const& mine = *self.credentials;
  if (mine.has(Capability::kill)) return true;
  if (s == Signal::resume && to.session == self.process().session) return true;
  Guard guard{to.lock};
  if (!to.threads) return mine.euid == to.owner || mine.uid == to.owner;
  Credentials const& theirs = *to.threads->credentials;
  return mine.euid == theirs.suid || mine.euid == theirs.uid || mine.uid == theirs.suid || mine.uid == theirs.uid;
}

Attempt<> send_checked(Thread& self, Process& to, Thread* only, Signal s, SignalInfo const& info) HINGE_REQUIRES(tree_lock) {
  if (!may_signal(self, to, s)) return fail(Errno::not_permitted);
  if (s == Signal::none) return ok;
  if (ATTEMPT(send_only(to, only, info, &self))) notify_parent_locked(to, signal_code::child_continued);
  return ok;
}

SignalInfo from_self(Thread const& self, Signal s, i32 code) {
  return from_user(s, code, self.process().pid, self.credentials->uid);
}

Attempt<Signal> probe(i32 number) {
  if (number < 0 || number > i32(signal_count)) return fail(Errno::invalid);
  return Signal(u8(number));
}

/// To every process that `matches`: fine if one got it; else the last refusal, or no_process. `quietly`: not being
/// permitted is no failure, as kill(-1) has it.
template <class Matches>
Attempt<> send_to_many(Thread& self, Signal s, bool quietly, Matches matches) {
  SignalInfo const info = from_self(self, s, signal_code::user);
  Guard guard{tree_lock};
  bool sent = false;
  Errno refusal = Errno::no_process;
  for (Process* p = first_process; p; p = p->next) {
    if (p->life.load(std::memory_order_relaxed) == Life::reaped || !matches(*p)) continue;
    auto const one = send_checked(self, *p, nullptr, s, info);
    if (one || (quietly && one.error() == Errno::not_permitted)) sent = true;
    else refusal = one.error();
  }
  if (!sent) return fail(refusal);
  return ok;
}

Attempt<> send_to_thread(Thread& self, i32 process, i32 tid, Signal s, SignalInfo const& info) {
  Ref<Thread> const to = find_thread(tid);
  if (!to || (process > 0 && to->process().pid != process)) return fail(Errno::no_process);
  Guard guard{tree_lock};
  return send_checked(self, to->process(), to.get(), s, info);
}

/// What sigqueue may claim to be: not kill or the kernel, except towards oneself.
Attempt<SignalInfo> queued_info(Thread& self, UserAddr from, Signal s, bool to_self) {
  SignalInfo info;
  ATTEMPT(copy_from_user(self, info, from));
  info.signal = i32(s);
  if ((info.code >= 0 || info.code == signal_code::thread) && !to_self) return fail(Errno::not_permitted);
  return info;
}

}  // namespace

Attempt<> send_signal_as(Thread& self, Process& to, Signal s, SignalInfo const& info) {
  Guard guard{tree_lock};
  if (to.life.load(std::memory_order_relaxed) == Life::reaped) return fail(Errno::no_process);
  return send_checked(self, to, nullptr, s, info);
}

Value sys_kill(Thread& self, Args const& a) {
  i32 const pid = a.integer(0);
  Signal const s = ATTEMPT(probe(a.integer(1)));
  if (pid > 0) {
    Ref<Process> const to = find_process(pid);
    if (!to) {  // Linux lets kill name any thread.
      Ref<Thread> const thread = find_thread(pid);
      if (!thread) return Errno::no_process;
      Guard guard{tree_lock};
      return send_checked(self, thread->process(), nullptr, s, from_self(self, s, signal_code::user));
    }
    Guard guard{tree_lock};
    return send_checked(self, *to, nullptr, s, from_self(self, s, signal_code::user));
  }
  if (pid == -1)
    return send_to_many(self, s, true, [&](Process& p) { return p.pid != 1 && &p != &self.process(); });
  i32 const group = pid == 0 ? group_of(self.process()) : -pid;
  return send_to_many(self, s, false, [&](Process& p) { return p.group == group; });
}

Value sys_tkill(Thread& self, Args const& a) {
  Signal const s = ATTEMPT(probe(a.integer(1)));
  if (a.integer(0) <= 0) return Errno::invalid;
  return send_to_thread(self, 0, a.integer(0), s, from_self(self, s, signal_code::thread));
}

Value sys_tgkill(Thread& self, Args const& a) {
  Signal const s = ATTEMPT(probe(a.integer(2)));
  if (a.integer(0) <= 0 || a.integer(1) <= 0) return Errno::invalid;
  return send_to_thread(self, a.integer(0), a.integer(1), s, from_self(self, s, signal_code::thread));
}

Value sys_rt_sigqueueinfo(Thread& self, Args const& a) {
  Signal const s = ATTEMPT(probe(a.integer(1)));
  i32 const pid = a.integer(0);
  SignalInfo const info = ATTEMPT(queued_info(self, a.address(2), s, pid == self.process().pid));
  Ref<Process> const to = find_process(pid);
  if (!to) return Errno::no_process;
  Guard guard{tree_lock};
  return send_checked(self, *to, nullptr, s, info);
}

Value sys_rt_tgsigqueueinfo(Thread& self, Args const& a) {
  Signal const s = ATTEMPT(probe(a.integer(2)));
  if (a.integer(0) <= 0 || a.integer(1) <= 0) return Errno::invalid;
  SignalInfo const info = ATTEMPT(queued_info(self, a.address(3), s, a.integer(0) == self.process().pid));
  return send_to_thread(self, a.integer(0), a.integer(1), s, info);
}

}  // namespace hinge::linux_service
