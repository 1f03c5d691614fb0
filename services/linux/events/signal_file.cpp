#include "services/linux/events/signal_file.hpp"

#include "services/linux/signal/notify.hpp"

namespace hinge::linux_service {
namespace {

/// struct signalfd_siginfo (Linux uapi/linux/signalfd.h).
struct Told {
  u32 signal;
  i32 error, code;
  u32 pid, uid;
  i32 descriptor;
  u32 timer, band, overrun, trap;
  i32 status, value;
  u64 pointer, user_ns, system_ns, address;
  u16 address_bit, padding;
  i32 system_call;
  u64 call_address;
  u32 architecture;
  char unused[28];
};
static_assert(sizeof(Told) == 128);

Told tell(SignalInfo const& info) {
  Told t{};
  t.signal = u32(info.signal);
  t.error = info.error;
  t.code = info.code;
  switch (info.number()) {
    case Signal::child:
      if (info.code <= 0) break;
      t.pid = u32(info.fields.child.pid), t.uid = info.fields.child.uid, t.status = info.fields.child.status;
      t.user_ns = u64(info.fields.child.user), t.system_ns = u64(info.fields.child.system);
      return t;
    case Signal::segment: case Signal::bus: case Signal::illegal: case Signal::floating: case Signal::trap:
      if (info.code <= 0) break;
      t.address = info.fields.fault.address;
      return t;
    default: break;
  }
  if (info.code == signal_code::timer) {
    t.timer = u32(info.fields.timer.timer), t.overrun = u32(info.fields.timer.overrun);
    t.pointer = info.fields.timer.value, t.value = i32(t.pointer);
  } else if (info.code != signal_code::kernel) {
    t.pid = u32(info.fields.sender.pid), t.uid = info.fields.sender.uid;
    t.pointer = info.fields.sender.value, t.value = i32(t.pointer);
  }
  return t;
}

}  // namespace

bool SignalFile::take(Thread& self, SignalInfo& info) const {
  Process& p = self.process();
  Guard guard{p.lock};
  bool const taken = self.pending.take(mask(), info) || p.pending.take(mask(), info);
  if (taken) update_attention(p, self);
  return taken;
}

Value SignalFile::read(Thread& self, Transfer& into, u64) {
  if (into.left() < sizeof(Told)) return Errno::invalid;
  // On the queue before the look, so that a signal that comes in between wakes.
  if (!nonblocking()) ATTEMPT(self.process().signal_source.waiters.enqueue(self));
  usize done = 0;
  for (SignalInfo info; into.left() >= sizeof(Told) && take(self, info); done += sizeof(Told)) {
    Told const told = tell(info);
    if (auto const put = into.put_all(self, &told, sizeof told); !put) {
      self.leave_all();
      return done ? Value{done} : Value{put.error()};
    }
  }
  if (!done) return nonblocking() ? Value{Errno::again} : self.block();
  self.leave_all();
  return done;
}

u32 SignalFile::ready() {
  Guard guard{process_->lock};
  SignalSet waiting = process_->pending.set();
  for (Thread* t = process_->threads; t; t = t->next_in_process) waiting = waiting | t->pending.set();
  return (waiting & mask()).empty() ? 0 : ready::readable;
}

void SignalFile::set_mask(SignalSet mask) {
  mask_.store(mask.bits(), std::memory_order_relaxed);
  process_->signal_source.notify(ready::readable);
}

}  // namespace hinge::linux_service
