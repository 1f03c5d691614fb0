// Calls by which a program says what is to become of signals: actions, masks, the alternate stack, waiting for them.
#include "services/linux/core/user_memory.hpp"
#include "services/linux/signal/build_frame.hpp"
#include "services/linux/signal/notify.hpp"
#include "services/linux/time/clock.hpp"

namespace hinge::linux_service {

namespace {

constexpr u64 least_alternate_stack = 2048;  // MINSIGSTKSZ

Attempt<Signal> valid(i32 number) {
  if (number < 1 || number > i32(signal_count)) return fail(Errno::invalid);
  return Signal(u8(number));
}

Attempt<> check_set_bytes(u64 bytes) {
  if (bytes != sizeof(SignalSet)) return fail(Errno::invalid);
  return ok;
}

/// An action that ignores a signal also forgets those that are pending.
void forget_ignored(Thread& self, Signal s) {
  Process& p = self.process();
  Guard guard{p.lock};
  if (!p.handlers->ignores(s)) return;
  p.pending.discard(SignalSet::of(s));
  for (Thread* t = p.threads; t; t = t->next_in_process) {
    t->pending.discard(SignalSet::of(s));
    update_attention(p, *t);
  }
}

}  // namespace

Value sys_rt_sigaction(Thread& self, Args const& a) {
  ATTEMPT(check_set_bytes(a[3]));
  Signal const s = ATTEMPT(valid(a.integer(0)));
  SignalHandlers& handlers = *self.process().handlers;
  SignalAction before;
  if (a[1]) {
    SignalAction action;
    ATTEMPT(copy_from_user(self, action, a.address(1)));
    if (unblockable.has(s)) return Errno::invalid;
    action.mask = action.mask - unblockable;
    before = handlers.set(s, action);
    forget_ignored(self, s);
  } else {
    before = handlers.get(s);
  }
  if (a[2]) ATTEMPT(copy_to_user(self, a.address(2), before));
  return 0;
}

Value sys_rt_sigprocmask(Thread& self, Args const& a) {
  enum How : i32 { block, unblock, set };
  ATTEMPT(check_set_bytes(a[3]));
  SignalSet const before = self.blocked;
  if (a[1]) {
    SignalSet given;
    ATTEMPT(copy_from_user(self, given, a.address(1)));
    switch (a.integer(0)) {
      case block: set_mask(self, before | given); break;
      case unblock: set_mask(self, before - given); break;
      case set: set_mask(self, given); break;
      default: return Errno::invalid;
    }
  }
  if (a[2]) ATTEMPT(copy_to_user(self, a.address(2), before));
  return 0;
}

Value sys_rt_sigpending(Thread& self, Args const& a) {
  if (a[1] > sizeof(SignalSet)) return Errno::invalid;
  SignalSet set;
  {
    Guard guard{self.process().lock};
    set = (self.pending.set() | self.process().pending.set()) & self.blocked;
  }
  return copy_to_user(self, a.address(0), &set, a[1]);
}

Value sys_rt_sigsuspend(Thread& self, Args const& a) {
  if (self.request.first()) {
    ATTEMPT(check_set_bytes(a[1]));
    SignalSet mask;
    ATTEMPT(copy_from_user(self, mask, a.address(0)));
    self.set_temporary_mask(mask);
  }
  return self.block(no_deadline, Errno::restart_unhandled);
}

Value sys_pause(Thread& self, Args const&) { return self.block(no_deadline, Errno::restart_unhandled); }

Value sys_rt_sigtimedwait(Thread& self, Args const& a) {
  ATTEMPT(check_set_bytes(a[3]));
  SignalSet wanted;
  ATTEMPT(copy_from_user(self, wanted, a.address(0)));
  wanted = wanted - unblockable;
  if (self.request.first() && a[2]) {
    u64 const wait_ns = ATTEMPT(duration_from_user(self, a.address(2)));
    self.request.deadline_ns = deadline_after(wait_ns);
  }
  SignalInfo info;
  bool taken;
  {
    Process& p = self.process();
    Guard guard{p.lock};
    taken = self.pending.take(wanted, info) || p.pending.take(wanted, info);
    self.awaited = taken ? SignalSet{} : wanted;
    update_attention(p, self);
  }
  if (taken) {
    if (a[1]) ATTEMPT(copy_to_user(self, a.address(1), info));
    return info.signal;
  }
  bool const is_over = self.request.timed_out() || self.request.deadline_ns == 0;
  Value const waits = is_over ? Value{Errno::again} : self.block(self.request.deadline_ns, Errno::interrupted);
  if (waits.kind() != Value::Kind::blocked) {
    Guard guard{self.process().lock};
    self.awaited = {};
  }
  return waits;
}

Value sys_sigaltstack(Thread& self, Args const& a) {
  Registers r;
  ATTEMPT(self.read_registers(r));
  AlternateStack const before = self.alternate_stack;
  bool const in_use = before.contains(r.rsp);
  if (a[0]) {
    AlternateStack wanted;
    ATTEMPT(copy_from_user(self, wanted, a.address(0)));
    if (in_use) return Errno::not_permitted;
    u32 const mode = wanted.flags & ~AlternateStack::autodisarm;
    if (mode != 0 && mode != AlternateStack::disabled && mode != AlternateStack::on_it) return Errno::invalid;
    if (mode == AlternateStack::disabled) {
      wanted = {.flags = wanted.flags};
    } else {
      if (wanted.bytes < least_alternate_stack) return Errno::no_memory;
      wanted.flags &= ~AlternateStack::on_it;
    }
    self.alternate_stack = wanted;
  }
  if (a[1]) {
    AlternateStack shown = before;
    shown.padding = 0;
    if (in_use) shown.flags |= AlternateStack::on_it;
    ATTEMPT(copy_to_user(self, a.address(1), shown));
  }
  return 0;
}

Value sys_rt_sigreturn(Thread& self, Args const&) {
  Registers r;
  ATTEMPT(self.read_registers(r));
  if (restore_frame(self, r) && self.write_registers(r)) return Value::keep();
  force_signal(self, from_kernel(Signal::segment));
  return 0;
}

Value sys_restart_syscall(Thread& self, Args const&) {
  if (!self.restart.continue_with) return Errno::interrupted;
  return self.restart.continue_with(self, Args::at(self.restart.words));
}

}  // namespace hinge::linux_service
