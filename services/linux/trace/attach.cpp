// Beginning and end of being traced. The tracer's list and the thread hold a reference each, so that an entry outlives the
// thread until it was waited for.
#include "services/linux/process/exit.hpp"
#include "services/linux/signal/notify.hpp"
#include "services/linux/trace/stops.hpp"
#include "services/linux/trace/tell.hpp"

namespace hinge::linux_service::trace {

namespace {

/// Off its tracer's list; the list's reference goes to the caller.
Ref<Tracee> unlink(Tracee& t) HINGE_REQUIRES(tree_lock) {
  Tracee** at = &t.tracer->tracees;
  while (*at != &t) at = &(*at)->next;
  *at = t.next;
  t.next = nullptr;
  t.tracer = nullptr;
  if (t.leads) t.process->traced_as = nullptr;
  return Ref<Tracee>::adopt(&t);
}

/// Who waited behind the tracer hears of the end now. What is to be dropped without the lock.
Ref<Process> let_parent_know(Process& process) HINGE_REQUIRES(tree_lock) {
  if (!process.held_for_tracer) return nullptr;
  process.held_for_tracer = false;
  return report_death(process);
}

void let_run(Tracee& t, i32 signal) HINGE_REQUIRES(tree_lock) {
  t.options = 0;
  t.each_call = t.steps = t.seized = false;
  t.injected = signal;
  t.due = Event::none;
  t.state = Tracing::runs;
  if (!t.thread) return;
  t.thread->interrupt();  // It finds out by itself that nobody traces it, and forgets its bit.
  t.resumed.wake_all();
}

bool matches(Tracee const& t, Selector s) HINGE_REQUIRES(tree_lock) {
  if (s.kind == Selector::process) return t.tid == s.id;
  return s.kind == Selector::any || t.process->group == s.id;
}

ChildEvent event_of(Tracee& t, u32 options) HINGE_REQUIRES(tree_lock) {
  ChildEvent e{t.tid, t.process->owner, ChildEvent::none, t.status};
  if (!t.unreported) return e;
  if (t.state == Tracing::ended && (options & wait_option::exited)) e.kind = ChildEvent::ended;
  if (t.state == Tracing::stopped) e.kind = ChildEvent::trapped;
  return e;
}

}  // namespace

void tell_tracer(Tracee& t, i32 code, i32 status) {
  Process& tracer = *t.tracer;
  SignalAction const action = tracer.handlers->get(Signal::child);
  if (action.handler > signal_action::ignore && !(action.flags & signal_action::no_child_stop)) {
    SignalInfo info{.signal = i32(Signal::child), .code = code};
    info.fields.child = {t.tid, t.process->owner.load(std::memory_order_relaxed), status, 0, 0, 0};
    (void)send_only(tracer, nullptr, info);
  }
  tracer.child_changed.wake_all();
}

Attempt<> trace(Thread& thread, Process& tracer, u32 options, bool seized) {
  if (thread.tracee && thread.tracee->tracer) return fail(Errno::not_permitted);
  if (!thread.tracee && !(thread.tracee = host::make_ref<Tracee>())) return fail(Errno::no_memory);
  Tracee& t = *thread.tracee;
  t.tid = thread.tid;
  t.process = Ref<Process>{thread.process()};
  t.leads = thread.tid == thread.process().pid;
  t.thread = &thread;
  t.options = options;
  t.seized = seized;
  t.unreported = false;
  t.left = thread.request.answered;
  t.tracer = &tracer;
  t.retain();
  Tracee** at = &tracer.tracees;  // At the end: wait reports in the order of attachment.
  while (*at) at = &(*at)->next;
  *at = &t;
  if (t.leads) t.process->traced_as = &t;
  thread.begin_trace();
  return ok;
}

void detach(Tracee& t, i32 signal) {
  Ref<Tracee> const kept = unlink(t);
  let_run(t, signal);
}

void follow(Thread& self, Thread& child, Event event) {
  Guard guard{tree_lock};
  Tracee& t = *self.tracee;
  if (!t.tracer || !(t.options & 1u << u32(event)) || !trace(child, *t.tracer, t.options, t.seized)) return;
  if (t.seized) child.attention.fetch_or(attention::trap, std::memory_order_relaxed);
  else (void)send_only(child.process(), &child, from_user(Signal::stop, signal_code::user, 0, 0));
}

bool is_traced_by(Process const& process, Process const& by) {
  return process.traced_as && process.traced_as->tracer == &by;
}

u32 end_status(Thread& self) {
  Process& p = self.process();
  Guard guard{p.lock};
  return p.life >= Life::ending ? p.exit_status : self.tracee->own_status;
}

void thread_ended(Thread& self) {
  Guard guard{tree_lock};
  Tracee& t = *self.tracee;
  t.thread = nullptr;
  t.state = Tracing::ended;
  t.status = end_status(self);
  t.unreported = false;
  if (!t.tracer || t.leads) return;
  t.unreported = true;
  tell_tracer(t, signal_code::child_exited, i32(t.status));
}

void takes_lead(Thread& self) {
  Process& p = self.process();
  if (p.traced_as && p.traced_as->tracer) Ref<Tracee> const old = unlink(*p.traced_as);
  if (!is_traced(self)) return;
  self.tracee->tid = p.pid;
  self.tracee->leads = true;
  p.traced_as = self.tracee.get();
}

bool held_for_tracer(Process& process) {
  Tracee* const t = process.traced_as;
  if (!t) return false;
  if (t->tracer == process.parent) {  // Its parent hears of it as of any child.
    Ref<Tracee> const old = unlink(*t);
    return false;
  }
  {
    Guard guard{process.lock};
    t->status = process.exit_status;
  }
  t->unreported = true;
  process.held_for_tracer = true;
  tell_tracer(*t, signal_code::child_exited, i32(t->status));
  return true;
}

void tracer_ended(Process& tracer) {
  for (;;) {
    Ref<Process> given_back;
    Ref<Tracee> entry;
    Guard guard{tree_lock};
    Tracee* const t = tracer.tracees;
    if (!t) return;
    bool const kill = t->options & option::exit_kill;
    entry = unlink(*t);
    let_run(*t, 0);
    if (kill) (void)send_only(*t->process, nullptr, from_kernel(Signal::kill));
    given_back = let_parent_know(*t->process);
  }
}

Told look(Process& tracer, Selector selector, u32 options, bool& any) {
  for (Tracee* t = tracer.tracees; t; t = t->next) {
    if (!matches(*t, selector)) continue;
    any = true;
    ChildEvent const event = event_of(*t, options);
    if (event.kind == ChildEvent::none) continue;
    Told told{event, t->process, nullptr, nullptr};
    if (options & wait_option::no_reap) return told;
    t->unreported = false;
    if (t->state == Tracing::ended) {
      told.entry = unlink(*t);
      told.given_back = let_parent_know(*t->process);
    }
    return told;
  }
  return {};
}

}  // namespace hinge::linux_service::trace
