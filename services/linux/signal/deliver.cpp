// Taking signals at the end of a call: die, stop, ignore, or build a frame for the handler; and what then becomes of a
// call that the signal interrupted. The value that the handler of the call gave travels through and is written into the
// saved registers as soon as something else than plain returning happens.
#include "services/linux/signal/deliver.hpp"

#include "abi/linux_entry.hpp"
#include "services/linux/process/exit.hpp"
#include "services/linux/signal/build_frame.hpp"
#include "services/linux/signal/notify.hpp"
#include "services/linux/trace/stops.hpp"

namespace hinge::linux_service {

namespace {

constexpr u64 syscall_bytes = 2;       ///< Length of the SYSCALL instruction.
constexpr u64 restart_syscall_number = 219;

struct Taken {
  SignalInfo info;
  SignalAction action;
};

bool take(Thread& self, SignalInfo& info) {
  Process& p = self.process();
  Guard guard{p.lock};
  SignalSet const allowed = SignalSet::all() - self.blocked;
  bool const found = self.pending.take(allowed, info) || p.pending.take(allowed, info);
  update_attention(p, self);
  if (found && stop_signals.has(info.number())) p.stop_dequeued = true;
  return found;
}

/// A signal that the tracer gave, in the place of the one that was taken.
void take_given(Thread& self, SignalInfo const& info) {
  Guard guard{self.process().lock};
  if (stop_signals.has(info.number())) self.process().stop_dequeued = true;
}

Taken with_action(Thread& self, SignalInfo const& info) {
  Process& p = self.process();
  Signal const s = info.number();
  Guard guard{p.lock};
  Taken const taken{info, p.handlers->get(s)};
  if (taken.action.handler > signal_action::ignore && (taken.action.flags & signal_action::reset_hand)) p.handlers->set(s, {});
  return taken;
}

/// The default of stop signals. Nothing when a SIGCONT came in the meantime.
void stop(Thread& self, Signal s) {
  Process& p = self.process();
  if (s != Signal::stop && is_orphaned_group(group_of(p))) return;
  {
    Guard guard{p.lock};
    if (!p.stop_dequeued || p.life != Life::running) return;
    p.life = Life::stopped;
    p.stop_signal = s;
    p.stop_unreported = true;
    p.continue_unreported = false;
    for (Thread* t = p.threads; t; t = t->next_in_process) {
      t->attention.fetch_or(attention::stop, std::memory_order_acq_rel);
      if (t != &self) t->interrupt();
    }
  }
  notify_parent(p, signal_code::child_stopped);
}

/// True when the thread has to stay until its process is continued.
bool stays_stopped(Thread& self, Value value) {
  Process& p = self.process();
  Guard guard{p.lock};
  if (p.life != Life::stopped) {
    self.attention.fetch_and(~attention::stop, std::memory_order_acq_rel);
    return false;
  }
  if (!p.resumed.enqueue(self)) return false;  // Out of memory: it looks again at its next call.
  self.request.answered = true;
  self.answer = value;
  self.wait_deadline_ns = no_deadline;
  return true;
}

bool is_system_call(Thread const& self) { return self.request.number < u64(linux_entry::Pseudo::first); }

/// Writes the call's answer into the registers; a call to be made again gets its registers back as they were.
void conclude(Thread const& self, Registers& r, Value value, bool again, u64 number) {
  if (!is_system_call(self) || value.kind() == Value::Kind::keep) return;
  if (again) {
    r.rax = number;
    r.rip -= syscall_bytes;
  } else {
    r.rax = value.number();
  }
}

/// The answer of an interrupted call when a handler runs.
Value with_handler(Value value, SignalAction const& action, bool& again) {
  again = false;
  if (!value.is_error() || !is_restart(value.error())) return value;
  again = value.is(Errno::restart_always) || (value.is(Errno::restart) && (action.flags & signal_action::restart));
  return Errno::interrupted;
}

/// Builds the frame and changes the mask; false when the program has no room for it.
bool enter_handler(Thread& self, Taken const& taken, Value value) {
  Registers r;
  if (!self.read_registers(r)) return false;
  bool again;
  Value const shown = with_handler(value, taken.action, again);
  conclude(self, r, shown, again, self.request.number);
  SignalSet const before = self.restores_mask() ? self.saved_mask : self.blocked;
  if (!build_frame(self, r, taken.info, taken.action, before) || !self.write_registers(r)) return false;
  self.forget_saved_mask();
  SignalSet mask = self.blocked | taken.action.mask;
  if (!(taken.action.flags & signal_action::no_defer)) mask.add(taken.info.number());
  set_mask(self, mask);
  return true;
}

void die(Thread& self, Signal s) {
  Guard guard{self.process().lock};
  end_group(self.process(), u32(s));
}

/// One signal's effect. True: a handler was entered, so the registers stay as they are now.
bool act(Thread& self, Taken const& taken, Value value) {
  Signal const s = taken.info.number();
  switch (taken.action.handler) {
    case signal_action::ignore: return false;
    case signal_action::default_action:
      if (ignored_by_default.has(s) || self.process().pid == 1) return false;
      if (stop_signals.has(s)) stop(self, s);
      else die(self, s);
      return false;
    default:
      if (enter_handler(self, taken, value)) return true;
      if (s == Signal::segment) die(self, s);
      else force_signal(self, from_kernel(Signal::segment));
      return false;
  }
}

/// No handler ran: calls that were interrupted are made again.
Value restart_quietly(Thread& self, Value value) {
  if (!value.is_error() || !is_restart(value.error())) return value;
  if (!is_system_call(self)) return 0;
  Registers r;
  u64 const number = value.is(Errno::restart_relative) ? restart_syscall_number : self.request.number;
  if (!self.read_registers(r)) return Errno::interrupted;
  conclude(self, r, value, true, number);
  return self.write_registers(r) ? Value::keep() : Value{Errno::interrupted};
}

}  // namespace

namespace {

/// What the tracer has to do with it, first of all. True: the thread stands still.
bool stays_for_tracer(Thread& self, Value& value) {
  SignalInfo info;
  switch (trace::settle(self, value, info)) {
    case trace::Step::stay: return true;
    case trace::Step::go: return false;
    case trace::Step::deliver: break;
  }
  take_given(self, info);
  if (act(self, with_action(self, info), value)) value = Value::keep();
  return false;
}

}  // namespace

Value settle(Thread& self, Value value) {
  u32 const first = self.attention.load(std::memory_order_acquire);
  if ((first & (attention::traced | attention::end)) == attention::traced && stays_for_tracer(self, value)) return Value::blocked();
  for (;;) {
    u32 const why = self.attention.load(std::memory_order_acquire);
    bool const traced = why & attention::traced;
    if (why & attention::end) return traced && trace::stop_before_end(self) ? Value::blocked() : end_thread(self);
    if (traced && (why & (attention::trap | attention::stop)) && trace::stop_for_trap(self, value)) return Value::blocked();
    if (why & attention::stop) {
      if (stays_stopped(self, value)) return Value::blocked();
    }
    if (SignalInfo info; (why & attention::signal) && take(self, info)) {
      if (traced && trace::stop_with_signal(self, value, info)) return Value::blocked();
      if (act(self, with_action(self, info), value)) value = Value::keep();
      continue;
    }
    if (why & attention::signal) continue;
    value = restart_quietly(self, value);
    if (!self.restores_mask()) return value;
    self.forget_saved_mask();
    set_mask(self, self.saved_mask);
    if (!(self.attention.load(std::memory_order_acquire) & attention::others)) return value;
  }
}

}  // namespace hinge::linux_service
