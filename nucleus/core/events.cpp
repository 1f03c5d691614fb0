// Events and waits: parking a thread, waking it, deadlines. A thread waits for one thing at a time; whoever ends the
// wait says why in wake_reason.
#include <algorithm>
#include <utility>

#include "nucleus/core/core.hpp"

namespace hinge::nucleus {

Result<Handle> Core::create_event(u32 table) {
  Event* const e = TRY(events.allocate());
  auto const h = insert(table, Kind::event, e->index, e->generation, Right::signal | Right::wait | Right::control, 0);
  if (!h) events.release(*e);
  return h;
}

void Core::signal(Event& event) {
  ++event.count;
  while (event.waiting) end_wait(threads.at(event.waiting), Error::none);
}

bool Core::park(Thread& thread, Event& event, u64 seen, u64 deadline_ns) {
  if (i64(event.count - seen) > 0) return false;
  thread.state = ThreadState::parked;
  thread.wait = Wait::event;
  thread.wait_object = event.index;
  thread.wait_word = seen;
  thread.deadline_ns = deadline_ns;
  thread.previous = 0;
  thread.next = event.waiting;
  if (event.waiting) threads.at(event.waiting).previous = thread.index;
  event.waiting = thread.index;
  timer_insert(thread);
  return true;
}

void Core::park_on_word(Thread& thread, u64 key, u64 deadline_ns) {
  thread.wait = Wait::word;
  thread.wait_word = key;
  thread.deadline_ns = deadline_ns;
  thread.state = ThreadState::parked;
  push(words_[(key >> 2) % word_buckets], thread);
  timer_insert(thread);
}

u32 Core::wake_word(u64 key, u32 most) {
  Queue const& queue = words_[(key >> 2) % word_buckets];
  u32 woken = 0, best = 0;
  for (u32 i = queue.head; i && woken < most;) {
    Thread& t = threads.at(i);
    u32 const here = std::exchange(i, t.next);
    if (t.wait_word != key) continue;
    if (most == 1) {
      if (!best || threads.at(best).priority < t.priority) best = here;
      continue;
    }
    end_wait(t, Error::none);
    ++woken;
  }
  if (!best) return woken;
  Thread& next_owner = threads.at(best);
  bool const lock = next_owner.lends_to != 0;
  end_wait(next_owner, Error::none);
  for (u32 i = lock ? queue.head : 0; i; i = threads.at(i).next) {
    Thread& t = threads.at(i);
    if (t.wait_word != key || !t.lends_to) continue;
    unlend(t);
    lend(t, next_owner);
  }
  return 1;
}

/// Out of the queue of an event or a portal.
void Core::unlink_waiter(u32& head, Thread& t) {
  (t.previous ? threads.at(t.previous).next : head) = t.next;
  if (t.next) threads.at(t.next).previous = t.previous;
  t.next = t.previous = 0;
}

/// Takes a parked thread out of whatever it waits in, and queues it to run.
void Core::end_wait(Thread& t, Error why) {
  switch (t.wait) {
    case Wait::event: unlink_waiter(events.at(t.wait_object).waiting, t); break;
    case Wait::portal: dequeue(portals.at(t.wait_object), t); break;
    case Wait::word: cut(words_[(t.wait_word >> 2) % word_buckets], t); break;
    case Wait::sleep:
    case Wait::nothing: break;
  }
  timer_remove(t);
  if (t.lends_to) unlend(t);
  t.wait = Wait::nothing;
  t.wake_reason = why;
  make_ready(t);
}

bool Core::unpark(Thread& thread, Error why) {
  if (thread.state != ThreadState::parked) return false;
  end_wait(thread, why);
  return true;
}

Result<> Core::bind(Event& event, Portal& portal, Thread& worker) {
  if (event.worker) return fail(Error::busy);
  event.worker = worker.index;
  worker.worker_event = event.index;
  worker.worker_portal = portal.index;
  ++portal.references;
  return ok;
}

void Core::unbind(Event& event) {
  if (!event.worker) return;
  threads.at(event.worker).worker_event = 0;
  event.worker = 0;
}

void Core::timer_insert(Thread& t) {
  if (t.deadline_ns == no_deadline) return;
  t.timer_previous = 0;
  t.timer_next = timer_threads_;
  if (timer_threads_) threads.at(timer_threads_).timer_previous = t.index;
  timer_threads_ = t.index;
  machine->arm_timer(t.deadline_ns);
}

void Core::timer_remove(Thread& t) {
  if (t.deadline_ns == no_deadline) return;
  (t.timer_previous ? threads.at(t.timer_previous).timer_next : timer_threads_) = t.timer_next;
  if (t.timer_next) threads.at(t.timer_next).timer_previous = t.timer_previous;
  t.timer_next = t.timer_previous = 0;
  t.deadline_ns = no_deadline;
}

void Core::set_timer(Event& e, u64 deadline_ns, u64 period_ns) {
  if (e.deadline_ns != no_deadline) {
    (e.timer_previous ? events.at(e.timer_previous).timer_next : timer_events_) = e.timer_next;
    if (e.timer_next) events.at(e.timer_next).timer_previous = e.timer_previous;
  }
  e.deadline_ns = deadline_ns;
  e.period_ns = period_ns && period_ns < shortest_period_ns ? shortest_period_ns : period_ns;
  e.timer_next = e.timer_previous = 0;
  if (deadline_ns == no_deadline) return;
  e.timer_next = timer_events_;
  if (timer_events_) events.at(timer_events_).timer_previous = e.index;
  timer_events_ = e.index;
  machine->arm_timer(deadline_ns);
}

namespace {

/// Periods that were missed count as one: the count says "at least once since".
u64 next_period(u64 deadline_ns, u64 period_ns, u64 now_ns) {
  if (!period_ns) return no_deadline;
  u64 const last = deadline_ns + (now_ns - deadline_ns) / period_ns * period_ns;
  return period_ns < no_deadline - last ? last + period_ns : no_deadline;
}

}  // namespace

u64 Core::expire(u64 now_ns) {
  u64 next = no_deadline;
  for (u32 i = timer_threads_; i;) {
    Thread& t = threads.at(i);
    i = t.timer_next;
    if (t.deadline_ns <= now_ns) {
      end_wait(t, Error::timed_out);
    } else if (t.deadline_ns < next) {
      next = t.deadline_ns;
    }
  }
  for (u32 i = timer_events_; i;) {
    Event& e = events.at(i);
    i = e.timer_next;
    if (e.deadline_ns <= now_ns) {
      set_timer(e, next_period(e.deadline_ns, e.period_ns, now_ns), e.period_ns);
      signal(e);
    }
    if (e.deadline_ns < next) next = e.deadline_ns;
  }
  for (u32 i = timed_; i;) {
    Activation& a = activations.at(i);
    bool const due = a.deadline_ns <= now_ns;
    if (due) settle(threads.at(a.thread), now_ns);
    else next = std::min(next, a.deadline_ns);
    i = a.timed ? a.timed_next : timed_;  // a cut takes others out of the list, too
  }
  return next;
}

void Core::release_event(Event& e) {
  if (--e.references) return;
  while (e.waiting) end_wait(threads.at(e.waiting), Error::peer_died);
  unbind(e);
  set_timer(e, no_deadline, 0);
  events.release(e);
}

}  // namespace hinge::nucleus
