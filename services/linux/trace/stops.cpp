// A stop is noted, told to the tracer and waited for under the tree's lock in one step, so that no resumption is missed.
// When the thread's request is issued again, `remains` tells whether it was for a good reason.
#include "services/linux/trace/stops.hpp"

#include "abi/linux_entry.hpp"
#include "services/linux/signal/notify.hpp"
#include "services/linux/trace/tell.hpp"

namespace hinge::linux_service::trace {

namespace {

constexpr u32 system_call_mark = 0x80;  ///< PTRACE_O_TRACESYSGOOD.
constexpr u64 flag_trap = 1 << 8;

bool is_system_call(Thread const& self) { return self.request.number < u64(linux_entry::Pseudo::first); }

/// Waits for the tracer, and for whatever else may end the stop.
bool wait(Thread& self, Tracee& t) HINGE_REQUIRES(tree_lock) {
  Process& p = self.process();
  self.wait_deadline_ns = no_deadline;
  if (!t.resumed.enqueue(self)) return false;
  if (t.point != Point::trap) return true;
  Guard guard{p.lock};
  return bool(p.resumed.enqueue(self));
}

/// Stands still with this status. False: nobody traces it any more, or it is to end.
bool stop(Thread& self, Point point, u32 signal, Event event = Event::none, SignalInfo const* info = nullptr) HINGE_REQUIRES(tree_lock) {
  Tracee& t = *self.tracee;
  if (!t.tracer) return false;
  if (point != Point::ending && (self.attention.load(std::memory_order_acquire) & attention::end)) return false;
  t.point = point;
  if (!wait(self, t)) {
    t.point = Point::none;
    return false;
  }
  t.state = Tracing::stopped;
  t.status = (signal | u32(event) << 8) << 8 | 0x7f;
  t.unreported = true;
  t.has_info = info;
  if (info) t.info = *info;
  t.injected = 0;
  tell_tracer(t, signal_code::child_trapped, i32(signal));
  return true;
}

/// SIGTRAP as stops of the tracer's own making show it.
SignalInfo trap_info(Thread const& self, u32 code) {
  return from_user(Signal::trap, i32(code), self.process().pid, self.credentials->uid);
}

bool stop_with_event(Thread& self, Point point, Event event, u64 message) HINGE_REQUIRES(tree_lock) {
  self.tracee->message = message;
  SignalInfo const info = trap_info(self, u32(event) << 8 | u32(Signal::trap));
  return stop(self, point, u32(Signal::trap), event, &info);
}

bool stop_at_call(Thread& self, Point point) HINGE_REQUIRES(tree_lock) {
  u32 const signal = u32(Signal::trap) | (self.tracee->options & option::good_system_calls ? system_call_mark : 0);
  SignalInfo const info = trap_info(self, signal);
  return stop(self, point, signal, Event::none, &info);
}

/// Whether the stop goes on. When it is over the thread may have nobody who traces it.
bool remains(Thread& self) HINGE_REQUIRES(tree_lock) {
  Tracee& t = *self.tracee;
  bool const ends = t.point != Point::ending && (self.attention.load(std::memory_order_acquire) & attention::end);
  bool const continued = t.state == Tracing::listens && self.process().life.load(std::memory_order_relaxed) != Life::stopped;
  if (continued) self.attention.fetch_or(attention::trap, std::memory_order_acq_rel);
  if ((t.state == Tracing::stopped || t.state == Tracing::listens) && !ends && !continued && wait(self, t)) return true;
  t.state = Tracing::runs;
  t.unreported = false;
  if (!t.tracer) self.end_trace();
  return false;
}

Point take_point(Tracee& t) HINGE_REQUIRES(tree_lock) {
  Point const point = t.point;
  t.point = Point::none;
  return point;
}

void keep(Thread& self, Value value) {
  self.request.answered = true;
  self.answer = value;
}

/// The value in rax, for the tracer to see.
void show(Thread& self, Value value) {
  Registers r;
  if (value.kind() == Value::Kind::keep || !self.read_registers(r)) return;
  r.rax = value.number();
  (void)self.write_registers(r);
}

void clear_step(Thread& self) {
  Registers r;
  if (!self.read_registers(r) || !(r.rflags & flag_trap)) return;
  r.rflags &= ~flag_trap;
  (void)self.write_registers(r);
}

/// A call's handler is through: from now on the registers are its answer, for the tracer to see and to change, unless the
/// call is to be made again.
Value into_registers(Thread& self, Value value) {
  if (!is_system_call(self)) return value;
  show(self, value);
  return value.is_error() && is_restart(value.error()) ? value : Value::keep();
}

/// What the tracer made of the signal. False: nothing is to be delivered.
bool injected(Thread& self, Tracee& t, SignalInfo& info) HINGE_REQUIRES(tree_lock) {
  if (t.injected < 1 || t.injected > i32(signal_count)) return false;
  info = t.info.signal == t.injected ? t.info : from_user(Signal(u8(t.injected)), signal_code::user, t.tracer ? t.tracer->pid : 0, 0);
  if (!self.blocked.has(info.number())) return true;
  (void)send_only(self.process(), &self, info);
  return false;
}

}  // namespace

bool before_call(Thread& self, Value& value) {
  Guard guard{tree_lock};
  Tracee& t = *self.tracee;
  Request& request = self.request;
  if (request.first()) {
    t.point = Point::none;
    t.left = false;
  } else if (remains(self)) {
    value = Value::blocked();
    return false;
  }
  Registers r;
  if (take_point(t) == Point::entry) {
    if (self.attention.load(std::memory_order_acquire) & attention::end) {
      value = Errno::interrupted;
      return false;
    }
    request.reason = Reason::first;  // Its handler has not seen it yet.
    if (!self.read_registers(r)) return true;
    if (u32(r.original_rax) == ~u32{0}) {  // -1: left out, and rax is the answer.
      value = Value::keep();
      return false;
    }
    request.number = u32(r.original_rax);
    return true;
  }
  if (!request.first() || !is_system_call(self) || !t.each_call) return true;
  show(self, Errno::no_system_call);
  if (!stop_at_call(self, Point::entry)) return true;
  value = Value::blocked();
  return false;
}

Value after_call(Thread& self, Value value) {
  if (value.kind() == Value::Kind::end) return value;
  Guard guard{tree_lock};
  Tracee& t = *self.tracee;
  Event const event = t.due;
  t.due = Event::none;
  if (event == Event::none) return value;
  bool const blocked = value.kind() == Value::Kind::blocked;
  if (!blocked) value = into_registers(self, value);
  if (!stop_with_event(self, Point::event, event, t.due_message)) return value;
  if (!blocked) keep(self, value);
  return Value::blocked();
}

void announce(Thread& self, Event event, u64 message) {
  Guard guard{tree_lock};
  Tracee& t = *self.tracee;
  if (!(t.options & 1u << u32(event))) return;
  t.due = event;
  t.due_message = message;
}

Step settle(Thread& self, Value& value, SignalInfo& info) {
  Guard guard{tree_lock};
  Tracee& t = *self.tracee;
  if (t.point != Point::none && remains(self)) return Step::stay;
  Point const point = take_point(t);
  switch (point) {
    case Point::signal:
      if (injected(self, t, info)) return Step::deliver;
      break;
    case Point::trap: self.attention.fetch_and(~attention::stop, std::memory_order_acq_rel); break;
    default: break;
  }
  if (t.steps && point == Point::none && self.request.number == u64(linux_entry::Pseudo::exception)) {  // The one instruction is over.
    t.steps = false;
    clear_step(self);
  }
  if (t.left || !is_system_call(self)) return Step::go;
  t.left = true;
  if (!t.each_call) return Step::go;
  value = into_registers(self, value);
  if (!stop_at_call(self, Point::leave)) return Step::go;
  keep(self, value);
  return Step::stay;
}

bool stop_with_signal(Thread& self, Value value, SignalInfo const& info) {
  Guard guard{tree_lock};
  value = into_registers(self, value);
  if (!stop(self, Point::signal, u32(info.number()), Event::none, &info)) return false;
  keep(self, value);
  return true;
}

bool stop_for_trap(Thread& self, Value value) {
  Guard guard{tree_lock};
  Process& p = self.process();
  Tracee& t = *self.tracee;
  u32 const before = self.attention.fetch_and(~attention::trap, std::memory_order_acq_rel);
  Signal group = Signal::none;
  {
    Guard inner{p.lock};
    if (p.life == Life::stopped) group = p.stop_signal;
  }
  if (group == Signal::none && !(before & attention::trap)) return false;
  Signal const shown = group == Signal::none ? Signal::trap : group;
  SignalInfo const info = from_user(shown, i32(u32(Event::stop) << 8 | u32(shown)), p.pid, self.credentials->uid);
  value = into_registers(self, value);
  if (!stop(self, Point::trap, u32(shown), t.seized ? Event::stop : Event::none, t.seized ? &info : nullptr)) return false;
  keep(self, value);
  return true;
}

bool stop_before_end(Thread& self) {
  Guard guard{tree_lock};
  Tracee& t = *self.tracee;
  if (t.point == Point::ending) return remains(self);
  t.point = Point::none;
  if (!(t.options & option::exit)) return false;
  if (!stop_with_event(self, Point::ending, Event::exit, end_status(self))) return false;
  keep(self, 0);
  return true;
}

}  // namespace hinge::linux_service::trace
