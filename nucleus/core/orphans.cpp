// Calls that end before their callee does: its domain's death further up, or a deadline, cuts a thread's chain between two
// activations. What lies below the cut runs on as an orphan, charged to the slot of the callee it begins with.
#include <algorithm>

#include "nucleus/core/core.hpp"

namespace hinge::nucleus {

namespace {

bool covers(Grant const& outer, Grant const& inner) {
  return inner.address >= outer.address && inner.bytes <= outer.bytes && inner.address - outer.address <= outer.bytes - inner.bytes;
}

/// A wait on a word that has no bound: the sleep of a service's lock, which nothing but a wake-up ends for its taker.
bool waits_for_lock(Thread const& t) { return t.wait == Wait::word && t.deadline_ns == no_deadline; }

}  // namespace

void Core::set_deadline(Activation& a, u64 deadline_ns) {
  if (deadline_ns >= a.deadline_ns) return;
  a.deadline_ns = deadline_ns;
  a.timed = true;
  a.timed_previous = 0;
  a.timed_next = timed_;
  if (timed_) activations.at(timed_).timed_previous = a.index;
  timed_ = a.index;
  machine->arm_timer(deadline_ns);
}

void Core::clear_deadline(Activation& a) {
  a.deadline_ns = no_deadline;
  if (!a.timed) return;
  a.timed = false;
  (a.timed_previous ? activations.at(a.timed_previous).timed_next : timed_) = a.timed_next;
  if (a.timed_next) activations.at(a.timed_next).timed_previous = a.timed_previous;
  a.timed_next = a.timed_previous = 0;
}

void Core::limit_wait(Thread& t, u64 deadline_ns) {
  t.deadline_ns = deadline_ns;
  timer_insert(t);
}

void Core::cancel(Thread& t) {
  if (t.state == ThreadState::parked && !waits_for_lock(t)) end_wait(t, Error::cancelled);
  else t.flags.fetch_or(flag_cancel, std::memory_order_relaxed);
}

/// The activation nearest to the base that the part above it must go on without.
Activation* Core::cut_point(Thread const& t, u64 now_ns) {
  Activation* found = nullptr;
  for (Activation* a = &activations.at(t.activation); a->caller; a = &activations.at(a->caller)) {
    if (a->deadline_ns <= now_ns || activations.at(a->caller).dead) found = a;
  }
  return found;
}

void Core::settle(Thread& t, u64 now_ns) {
  if (t.state != ThreadState::running) return settle_running(t, now_ns);
  t.flags.fetch_or(flag_cut, std::memory_order_relaxed);
  machine->poke(t.cpu);
}

void Core::settle_running(Thread& thread, u64 now_ns) {
  thread.flags.fetch_and(~u32{flag_cut}, std::memory_order_relaxed);
  // What cannot be cut now is tried again at its next way out.
  for (Thread* t = &thread; Activation* const callee = cut_point(*t, now_ns);) {
    auto const orphan = detach(*callee, activations.at(callee->caller).dead ? Error::peer_died : Error::timed_out);
    if (!orphan) {
      t->flags.fetch_or(flag_cut, std::memory_order_relaxed);
      return;
    }
    t = *orphan;
  }
}

Result<Thread*> Core::detach(Activation& callee, Error why) {
  Thread& above = threads.at(callee.thread);
  Thread* const orphan = TRY(create_thread(callee.slot));
  orphan->origin = above.origin ? above.origin : above.index;
  if (Activation const& caller = activations.at(callee.caller); caller.dead) orphan->left_by = caller.slot;
  orphan->priority = own_priority(above);
  orphan->cpu_mask = above.cpu_mask;
  orphan->cpu = above.cpu;
  orphan->sequence = above.sequence;

  Grant revoked[native::max_buffers];
  std::copy(std::begin(callee.grants), std::end(callee.grants), revoked);
  orphan->activation = above.activation;
  above.activation = callee.caller;
  callee.caller = orphan->base;
  for (u32 i = orphan->activation; i != orphan->base; i = activations.at(i).caller) {
    Activation& a = activations.at(i);
    a.thread = orphan->index;
    clear_deadline(a);
    for (Grant& g : a.grants) {
      if (std::ranges::any_of(revoked, [&](Grant const& outer) { return covers(outer, g); })) g = {};
    }
  }

  // Who lends to the thread waits, as far as can be known, for what is held below the cut: the part above is free to go on.
  while (above.lenders) {
    Thread& lender = threads.at(above.lenders);
    unlend(lender);
    lend(lender, *orphan);
  }

  bool const runs = above.state == ThreadState::running;
  bool const waits = above.state == ThreadState::parked, told = waits && !waits_for_lock(above);
  if (waits) end_wait(above, told ? Error::cancelled : Error::none);
  orphan->wake_reason = above.wake_reason;
  if (!told) orphan->flags.store(flag_cancel, std::memory_order_relaxed);
  if (!runs) unqueue(above);
  machine->detached(above, *orphan, callee);
  above.wake_reason = why;
  if (runs) {
    orphan->state = ThreadState::running;
    processors[orphan->cpu].running = orphan;
  } else {
    make_ready(*orphan);
  }
  make_ready(above);
  return orphan;
}

}  // namespace hinge::nucleus
