// Sending: what happens in the receiver's process at once (stops and continues cancel each other, SIGKILL ends), and who
// is told to look. A thread that is told looks in settle (deliver.cpp), in its own time.
#include "services/linux/signal/send.hpp"

#include "host/log.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/process/exit.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/signal/notify.hpp"
#include "services/linux/trace/stops.hpp"

namespace hinge::linux_service {

void update_attention(Process& process, Thread& thread) {
  SignalSet const waiting = (thread.pending.set() | process.pending.set()) - thread.blocked;
  if (waiting.empty()) thread.attention.fetch_and(~attention::signal, std::memory_order_acq_rel);
  else thread.attention.fetch_or(attention::signal, std::memory_order_acq_rel);
}

void set_mask(Thread& self, SignalSet mask) {
  Process& process = self.process();
  Guard guard{process.lock};
  SignalSet const newly_blocked = (mask - unblockable) - self.blocked;
  self.blocked = mask - unblockable;
  update_attention(process, self);
  // What this thread was to take and now refuses, another may have to.
  if (!(newly_blocked & process.pending.set()).empty()) retarget(process, &self);
}

void retarget(Process& process, Thread* except) {
  for (Thread* t = process.threads; t; t = t->next_in_process) {
    if (t == except || (process.pending.set() - t->blocked).empty()) continue;
    update_attention(process, *t);
    t->interrupt();
  }
}

namespace {

void discard_everywhere(Process& p, SignalSet which) HINGE_REQUIRES(p.lock) {
  p.pending.discard(which);
  for (Thread* t = p.threads; t; t = t->next_in_process) t->pending.discard(which);
}

void resume(Process& p) HINGE_REQUIRES(p.lock) {
  p.life = Life::running;
  p.stop_unreported = false;
  p.continue_unreported = true;
  for (Thread* t = p.threads; t; t = t->next_in_process)
    t->attention.fetch_and(~attention::stop, std::memory_order_acq_rel);
  p.resumed.wake_all();
}

/// Stop signals and SIGCONT forget each other, even when they are blocked or ignored. True: the process was continued.
bool cancel_opposites(Process& p, Signal s) HINGE_REQUIRES(p.lock) {
  if (stop_signals.has(s)) discard_everywhere(p, SignalSet::of(Signal::resume));
  if (s != Signal::resume) return false;
  discard_everywhere(p, stop_signals);
  p.stop_dequeued = false;
  if (p.life != Life::stopped) return false;
  resume(p);
  return true;
}

/// Process 1 hears only what it has a handler for.
bool is_deaf_to(Process& p, Signal s) {
  return p.pid == 1 && p.handlers->get(s).handler == signal_action::default_action;
}

/// `sender` looks at the end of its own call, untold.
void tell(Process& p, Thread* only, Signal s, Thread const* sender) HINGE_REQUIRES(p.lock) {
  for (Thread* t = only ? only : p.threads; t; t = only ? nullptr : t->next_in_process) {
    if (t->blocked.has(s)) {
      if (t->awaited.has(s)) t->wake();
      continue;
    }
    t->attention.fetch_or(attention::signal, std::memory_order_acq_rel);
    if (t != sender) t->interrupt();
    return;
  }
}

}  // namespace

Attempt<bool> send_only(Process& p, Thread* only, SignalInfo const& info, Thread const* sender) {
  Guard guard{p.lock};
  Signal const s = info.number();
  if (p.life >= Life::ending || !p.threads) return false;
  bool const continued = cancel_opposites(p, s);
  Thread const& decides = only ? *only : *p.threads;
  if (is_deaf_to(p, s) || (!decides.blocked.has(s) && p.handlers->ignores(s) && !trace::is_traced(decides))) return continued;
  if (s == Signal::kill) {
    end_group(p, u32(s));
    return continued;
  }
  PendingSignals& pending = only ? only->pending : p.pending;
  if (auto added = pending.add(info, u32(p.limit(Resource::pending_signals))); !added && info.code != signal_code::user)
    return fail(added.error());
  p.signal_source.notify(ready::readable);
  tell(p, only, s, sender);
  return continued;
}

Attempt<> send_signal(Process& to, SignalInfo const& info) {
  if (ATTEMPT(send_only(to, nullptr, info))) notify_parent(to, signal_code::child_continued);
  return ok;
}

Attempt<> send_signal(Thread& to, SignalInfo const& info) {
  if (ATTEMPT(send_only(to.process(), &to, info))) notify_parent(to.process(), signal_code::child_continued);
  return ok;
}

u32 send_signal_to_group(i32 group, SignalInfo const& info) {
  u32 count = 0;
  Guard guard{tree_lock};
  for (Process* p = first_process; p; p = p->next) {
    if (p->group != group) continue;
    auto const sent = send_only(*p, nullptr, info);
    if (!sent) continue;
    ++count;
    if (*sent) notify_parent_locked(*p, signal_code::child_continued);
  }
  return count;
}

namespace {

/// A line for whoever looks for the mistake, as long as there are not very many.
void report_fault(Thread& self, Signal s) {
  static constinit std::atomic<u32> reported{0};
  constexpr u32 most_reports = 200;
  if (reported.fetch_add(1, std::memory_order_relaxed) >= most_reports) return;
  Registers r{};
  (void)self.read_registers(r);
  host::log("{}[{}] dies of its own fault: signal {}, address {x}, error {x}, rip {x}, rsp {x}", static_cast<char const*>(self.name),
            self.process().pid, u32(s), self.fault.address, self.fault.error, r.rip, r.rsp);
}

}  // namespace

void force_signal(Thread& self, SignalInfo const& info) {
  Process& p = self.process();
  Signal const s = info.number();
  Guard guard{p.lock};
  if (self.blocked.has(s) || p.handlers->get(s).handler == signal_action::ignore) p.handlers->set(s, {});
  self.blocked.remove(s);
  if (p.handlers->get(s).handler == signal_action::default_action && !trace::is_traced(self)) {
    report_fault(self, s);
    end_group(p, u32(s));  // Without a handler there is nothing to choose; this holds for process 1 too.
    return;
  }
  (void)self.pending.add(info, ~u32{0});
  self.attention.fetch_or(attention::signal, std::memory_order_acq_rel);
}

}  // namespace hinge::linux_service
