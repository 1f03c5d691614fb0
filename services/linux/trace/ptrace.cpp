// ptrace(2): who may trace whom, and what the tracer may ask of a thread that stands still. Not offered: floating-point
// registers, debug registers, PTRACE_PEEKSIGINFO, seccomp (EIO or EINVAL, as for a request Linux does not know).
#include <algorithm>

#include "services/linux/core/user_memory.hpp"
#include "services/linux/signal/notify.hpp"
#include "services/linux/trace/requests.hpp"
#include "services/linux/trace/stops.hpp"

namespace hinge::linux_service {

using namespace trace;

namespace {

enum Request : u64 {
  trace_me = 0, peek_text = 1, peek_data = 2, peek_user = 3, poke_text = 4, poke_data = 5, poke_user = 6, resume = 7, kill = 8,
  single_step = 9, get_registers = 12, set_registers = 13, attach = 16, let_go = 17, each_call = 24, set_options = 0x4200,
  get_message = 0x4201, get_info = 0x4202, set_info = 0x4203, get_set = 0x4204, set_set = 0x4205, seize = 0x4206, interrupt = 0x4207,
  listen = 0x4208, get_mask = 0x420a, replace_mask = 0x420b, get_call = 0x420e,
};

/// ptrace(2), "access mode checking": same ids and dumpable, or the capability.
Attempt<> may_trace(Thread& self, Thread& other) HINGE_REQUIRES(tree_lock) {
  Process& p = other.process();
  if (&p == &self.process()) return fail(Errno::not_permitted);
  Credentials const& mine = *self.credentials;
  if (mine.has(Capability::sys_ptrace)) return ok;
  Guard guard{p.lock};
  Credentials const& theirs = *other.credentials;
  bool const same = mine.uid == theirs.uid && mine.uid == theirs.euid && mine.uid == theirs.suid && mine.gid == theirs.gid &&
                    mine.gid == theirs.egid && mine.gid == theirs.sgid;
  if (!same || p.dumpable.load(std::memory_order_relaxed) != 1) return fail(Errno::not_permitted);
  return ok;
}

Value begin(Thread& self, i32 tid, u64 address, u64 options, bool seizes) {
  if (seizes && (address || options & ~u64{option::known})) return Errno::io;
  Ref<Thread> const other = find_thread(tid);
  if (!other) return Errno::no_process;
  Guard guard{tree_lock};
  ATTEMPT(may_trace(self, *other));
  if (other->process().is_over()) return Errno::not_permitted;
  ATTEMPT(trace::trace(*other, self.process(), seizes ? u32(options) : 0, seizes));
  if (!seizes) (void)send_only(other->process(), other.get(), from_user(Signal::stop, signal_code::user, 0, 0));
  return 0;
}

Value begin_by_parent(Thread& self) {
  Guard guard{tree_lock};
  Process* const parent = self.process().parent;
  if (!parent) return Errno::not_permitted;
  return trace::trace(self, *parent, 0, false);
}

Value stop_it(Tracee& t) HINGE_REQUIRES(tree_lock) {
  if (!t.seized) return Errno::io;
  if (t.state == Tracing::ended) return Errno::no_process;
  if (t.state == Tracing::listens) t.state = Tracing::runs;
  t.thread->attention.fetch_or(attention::trap, std::memory_order_acq_rel);
  t.thread->interrupt();
  return 0;
}

Value go_on(Tracee& t, u64 request, u64 signal) HINGE_REQUIRES(tree_lock) {
  if (signal > signal_count) return Errno::io;
  t.steps = request == single_step;
  t.each_call = request == each_call;
  t.injected = i32(signal);
  t.unreported = false;
  t.state = Tracing::runs;
  t.resumed.wake_all();
  return 0;
}

Value listen_to(Tracee& t) HINGE_REQUIRES(tree_lock) {
  if (!t.seized || t.point != Point::trap) return Errno::io;
  t.state = Tracing::listens;
  t.resumed.wake_all();  // It looks whether its process was continued meanwhile.
  return 0;
}

/// What concerns the run of the thread, under one lock. Nothing: the request is about its state.
Attempt<bool> steer(Thread& self, i32 tid, Args const& a, Value& value) {
  Ref<Tracee> last;
  Guard guard{tree_lock};
  Tracee* const t = tracee_of(self, tid);
  if (!t) return fail(Errno::no_process);
  if (a[0] == kill) {
    (void)send_only(*t->process, nullptr, from_kernel(Signal::kill));
    return true;
  }
  if (a[0] == interrupt) {
    value = stop_it(*t);
    return true;
  }
  if (t->state != Tracing::stopped) return fail(Errno::no_process);
  switch (a[0]) {
    case resume: case each_call: case single_step: value = go_on(*t, a[0], a[3]); return true;
    case listen: value = listen_to(*t); return true;
    case let_go:
      if (a[3] > signal_count) return fail(Errno::io);
      last = t->thread->tracee;
      detach(*t, i32(a[3]));
      value = 0;
      return true;
    case set_options:
      if (a[3] & ~u64{option::known}) return fail(Errno::invalid);
      t->options = u32(a[3]);
      value = 0;
      return true;
    default: return false;
  }
}

}  // namespace

Value sys_ptrace(Thread& self, Args const& a) {
  i32 const tid = a.integer(1);
  switch (a[0]) {
    case trace_me: return begin_by_parent(self);
    case attach: return begin(self, tid, 0, 0, false);
    case seize: return begin(self, tid, a[2], a[3], true);
    default: break;
  }
  if (a[0] == single_step && a[3] <= signal_count) ATTEMPT(set_step(self, tid));
  Value value = 0;
  if (ATTEMPT(steer(self, tid, a, value))) return value;
  switch (a[0]) {
    case peek_text: case peek_data: return peek(self, tid, a.address(2), a.address(3));
    case poke_text: case poke_data: return poke(self, tid, a.address(2), a[3]);
    case peek_user: return peek_registers(self, tid, a[2], a.address(3));
    case poke_user: return poke_registers(self, tid, a[2], a[3]);
    case get_registers: return copy_registers_out(self, tid, a.address(3), sizeof(UserRegisters));
    case set_registers: return copy_registers_in(self, tid, a.address(3), sizeof(UserRegisters));
    case get_set: return register_set(self, tid, a[2], a.address(3), false);
    case set_set: return register_set(self, tid, a[2], a.address(3), true);
    case get_message: return message(self, tid, a.address(3));
    case get_info: return signal_info(self, tid, a.address(3), false);
    case set_info: return signal_info(self, tid, a.address(3), true);
    case get_mask: return mask(self, tid, a[2], a.address(3), false);
    case replace_mask: return mask(self, tid, a[2], a.address(3), true);
    case get_call: return call_info(self, tid, a[2], a.address(3));
    default: return Errno::io;
  }
}

}  // namespace hinge::linux_service
