// The invariants of threads, activations, portals, events and the queues between them. See check.cpp.
#include "nucleus/core/core.hpp"

namespace hinge::nucleus {

char const* Core::check_thread(Thread const& t) const {
  bool const held_by_itself = t.state != ThreadState::ended;
  if (t.references != names_of(Kind::thread, t.index) + held_by_itself) return "thread: references";
  if (t.state == ThreadState::stopped && t.references == 0) return "thread: stopped for ever";
  if (t.priority >= priorities) return "thread: priority";
  if ((t.state == ThreadState::parked) != (t.wait != Wait::nothing)) return "thread: parked without a wait, or waits unparked";
  if (t.deadline_ns != no_deadline && t.state != ThreadState::parked) return "thread: a deadline, but no wait";
  bool const queued = t.state == ThreadState::ready || t.state == ThreadState::parked;
  if (!queued && (t.next || t.previous)) return "thread: in a queue that its state does not know";
  // Idle threads (priority 0) stay `running` while others run.
  if (t.state == ThreadState::running && t.priority && (t.cpu >= cpus || processors[t.cpu].running != &t)) return "thread: runs nowhere";
  if (t.state == ThreadState::ready && t.cpu >= cpus) return "thread: ready for a CPU that is not there";

  if (t.wait == Wait::sleep && (t.deadline_ns == no_deadline || !t.budget_ns)) return "budget: a thread rests for ever";
  if (t.budget_ns && (t.left_ns <= 0) != ((t.flags.load(std::memory_order_relaxed) & flag_budget) != 0)) return "budget: what is left and what the flag says";
  if (t.budget_ns && t.left_ns > i64(t.budget_ns)) return "budget: more than one is left";
  if (auto bad = check_loans(t)) return bad;

  Activation const& base = activations.at(t.base);
  if (!base.live || base.portal || base.caller || base.thread != t.index) return "thread: its base activation";
  u32 length = 0, all = 0;
  for (u32 i = t.activation; i; i = activations.at(i).caller) {
    Activation const& a = activations.at(i);
    if (!a.live || a.thread != t.index || ++length > activations.live()) return "thread: its chain of activations";
    if (!a.caller && i != t.base) return "thread: its chain does not end at its base";
    bool const to_be_cut = a.caller && activations.at(a.caller).dead;
    if (to_be_cut && !(t.flags.load(std::memory_order_relaxed) & flag_cut)) return "thread: called from a dead activation, and not cut";
  }
  for (u32 i = 1; i <= activations.used(); ++i) all += activations.at(i).live && activations.at(i).thread == t.index;
  if (length != all) return "thread: an activation of it is not in its chain";

  if (t.origin && (t.personality || t.worker_portal || names_of(Kind::thread, t.index))) return "orphan: more than the rest of a call";
  if (t.origin && t.state == ThreadState::parked && t.activation == t.base) return "orphan: waits, but has no call";
  for (u32 p : {t.personality, t.worker_portal}) {
    if (p && !portals.at(p).live) return "thread: its portal is dead";
  }
  if (t.worker_event && (!events.at(t.worker_event).live || events.at(t.worker_event).worker != t.index)) return "worker: not bound both ways";
  return nullptr;
}

char const* Core::check_loans(Thread const& t) const {
  if (t.lends_to && (t.wait != Wait::word || !threads.at(t.lends_to).live)) return "loan: of one who does not wait, or to a dead thread";
  u32 best = t.own_priority, count = 0;
  for (u32 i = t.lenders, previous = 0; i; previous = i, i = threads.at(i).next_lender) {
    Thread const& from = threads.at(i);
    if (!from.live || from.lends_to != t.index || from.previous_lender != previous || ++count > threads.live()) return "loan: the list of lenders";
    if (from.priority > best) best = from.priority;
  }
  for (u32 i = 1; i <= threads.used(); ++i) count -= threads.at(i).live && threads.at(i).lends_to == t.index;
  if (count) return "loan: a lender is not in the list";
  if (t.lenders && t.priority != best) return "loan: the priority is not the highest that was lent";
  return nullptr;
}

char const* Core::check_activation(Activation const& a) const {
  if (a.thread) {
    if (a.thread > threads.used() || !threads.at(a.thread).live) return "activation: of a dead thread";
  } else if (!a.portal) {
    u32 found = 0, steps = 0;
    for (u32 i = slots[a.slot].spare; i && ++steps <= activations.live(); i = activations.at(i).next) found += i == a.index;
    return found == 1 ? nullptr : "activation: of nobody";
  }
  if (!a.portal) return nullptr;
  u32 listed = 0, previous = 0;
  for (u32 i = timed_; i; previous = i, i = activations.at(i).timed_next) {
    Activation const& other = activations.at(i);
    if (!other.live || !other.timed || other.timed_previous != previous) return "deadlines: the list of calls";
    listed += i == a.index;
  }
  if (listed != a.timed) return "deadlines: a call with one is not in the list";
  if (a.thread && a.caller && activations.at(a.caller).deadline_ns < a.deadline_ns) return "deadlines: later than the caller's";
  if (a.thread && a.timed && threads.at(a.thread).origin && a.caller == threads.at(a.thread).base) return "orphan: has a deadline";
  if (a.portal > portals.used() || !portals.at(a.portal).live) return "activation: its portal is dead";
  Portal const& p = portals.at(a.portal);
  if (a.slot != p.slot || a.home != &slots[a.slot]) return "activation: not in its portal's slot";
  if (a.domain != a.home->domain) return "activation: in a domain that its slot has left";
  if (a.thread) {
    if (!a.caller) return "activation: no way back";
    return a.home->state == SlotState::died && !a.dead ? "activation: its domain died without it" : nullptr;
  }
  for (Grant const& g : a.grants) {
    if (g.bytes) return "activation: a grant outlives its call";
  }
  if (a.dead) return "activation: dead, but nobody is in it";
  if (a.timed || a.deadline_ns != no_deadline) return "activation: a deadline outlives its call";
  // Free: in one place, once. In none while it is being equipped or handed back.
  u32 found = 0;
  auto const count = [&](u32 head) {
    u32 steps = 0;
    for (u32 i = head; i && steps <= p.created; i = activations.at(i).next, ++steps) found += i == a.index;
  };
  count(p.shared);
  for (u32 cpu = 0; cpu < cpus; ++cpu) count(p.own[cpu].free);
  return found > 1 ? "activation: free in two places" : nullptr;
}

char const* Core::check_portal(Portal const& p) const {
  u32 bindings = 0, created = 0, waiting = 0;
  for (u32 i = 1; i <= threads.used(); ++i) {
    Thread const& t = threads.at(i);
    if (!t.live) continue;
    bindings += (t.personality == p.index) + (t.worker_portal == p.index);
    waiting += t.wait == Wait::portal && t.wait_object == p.index;
  }
  if (p.references != names_of(Kind::portal, p.index) + bindings) return "portal: references";
  if (!p.slot || p.slot > layout::slot_count || !slots[p.slot].live || p.home != &slots[p.slot]) return "portal: its slot";
  for (u32 i = 1; i <= activations.used(); ++i) created += activations.at(i).live && activations.at(i).portal == p.index;
  u32 of_slot = 0, steps = 0, leaving = 0;
  for (u32 i = slots[p.slot].portals; i && steps <= portals.live(); i = portals.at(i).slot_next, ++steps) of_slot += i == p.index;
  if (of_slot != 1 || steps != slots[p.slot].portal_count) return "portal: the list of its slot";
  for (u32 i = leaving_first_; i; i = portals.at(i).leaving_next) {
    if (!portals.at(i).live || (leaving += i == p.index) > 1) return "portal: the list of those that leave";
    if (!portals.at(i).leaving_next && leaving_last_ != i) return "portal: the end of those that leave";
  }
  if (leaving != (p.references == 0)) return "portal: nobody names it, and it does not leave, or the reverse";
  if (created != p.created) return "portal: count of its activations";
  if (p.created > p.limit) return "portal: more activations than its limit";
  auto const list = [&](u32 head) {
    u32 steps = 0;
    for (u32 i = head; i; i = activations.at(i).next) {
      if (i > activations.used() || !activations.at(i).live || activations.at(i).portal != p.index) return false;
      if (activations.at(i).thread || ++steps > p.created) return false;
    }
    return true;
  };
  if (!list(p.shared)) return "portal: its shared activations";
  for (u32 cpu = 0; cpu < cpus; ++cpu) {
    if (!list(p.own[cpu].free)) return "portal: a CPU's free activations";
  }
  u32 length = 0;
  for (u32 i = p.waiting, previous = 0; i; previous = i, i = threads.at(i).next) {
    Thread const& t = threads.at(i);
    if (!t.live || t.wait != Wait::portal || t.wait_object != p.index || t.previous != previous) return "portal: its queue";
    if (previous && threads.at(previous).priority < t.priority) return "portal: its queue is not ordered by priority";
    if (++length > threads.live()) return "portal: its queue goes round in a circle";
  }
  if (length != waiting) return "portal: a thread waits outside its queue";
  bool const ever = slots[p.slot].state == SlotState::running || slots[p.slot].watch;
  if (length && (!ever || !p.references)) return "portal: somebody waits who will never get in";
  Slot const& s = slots[p.slot];
  bool const open = p.admits && s.side == Placement::user && s.state == SlotState::running;
  if (p.inside && s.side != Placement::kernel) return "portal: calls on the kernel side, where its slot is not";
  if (p.admits != (s.admits && p.references != 0)) return "portal: admits, but its slot does not, or the reverse";
  if (p.open_root && !open) return "portal: open to the fast path, but closed";
  u32 listed = 0;
  for (u32 i = wanted_, previous = 0; i; previous = i, i = portals.at(i).wanted_next) {
    if (!portals.at(i).live || portals.at(i).wanted_previous != previous) return "portal: the list of those waited for";
    listed += i == p.index;
  }
  return listed == (p.waiting != 0) ? nullptr : "portal: waited for, but not in the list";
}

char const* Core::check_event(Event const& e) const {
  u32 watches = 0;
  for (Slot const& s : slots) watches += s.live && s.watch == e.index;
  if (e.references != names_of(Kind::event, e.index) + watches) return "event: references";
  if (!e.references) return "event: nobody names it";
  u32 length = 0, waiting = 0, listed = 0;
  for (u32 i = e.waiting, previous = 0; i; previous = i, i = threads.at(i).next) {
    Thread const& t = threads.at(i);
    if (!t.live || t.wait != Wait::event || t.wait_object != e.index || t.previous != previous) return "event: its queue";
    if (i64(e.count - t.wait_word) > 0) return "event: somebody sleeps though the count has moved";
    if (++length > threads.live()) return "event: its queue goes round in a circle";
  }
  for (u32 i = 1; i <= threads.used(); ++i) {
    Thread const& t = threads.at(i);
    waiting += t.live && t.wait == Wait::event && t.wait_object == e.index;
  }
  if (length != waiting) return "event: a thread waits outside its queue";
  if (e.worker && (!threads.at(e.worker).live || threads.at(e.worker).worker_event != e.index)) return "event: its worker";
  for (u32 i = timer_events_, previous = 0; i; previous = i, i = events.at(i).timer_next) {
    if (!events.at(i).live || events.at(i).timer_previous != previous || events.at(i).deadline_ns == no_deadline) return "timers: events";
    listed += i == e.index;
  }
  return listed == (e.deadline_ns != no_deadline) ? nullptr : "timers: an event with a deadline is not among them";
}

/// Run queues, words, timers of threads: every thread is where its state says, and nobody else is there.
char const* Core::check_queues() const {
  u32 ready = 0, on_words = 0, timed = 0;
  for (u32 cpu = 0; cpu < cpus; ++cpu) {
    RunQueue const& rq = run_queues_[cpu];
    u32 length = 0;
    for (u32 priority = 0; priority < priorities; ++priority) {
      u32 previous = 0;
      for (u32 i = rq.queues[priority].head; i; previous = i, i = threads.at(i).next) {
        Thread const& t = threads.at(i);
        if (!t.live || t.state != ThreadState::ready || t.cpu != cpu || t.priority != priority || t.previous != previous) return "run queue: who is in it";
        if (++length > threads.live()) return "run queue: goes round in a circle";
      }
      if (rq.queues[priority].tail != previous) return "run queue: its tail";
      if ((rq.ready_mask >> priority & 1) != (previous != 0)) return "run queue: its mask";
    }
    if (length != rq.length) return "run queue: its length";
    ready += length;
    Thread const* const now = processors[cpu].running;
    if (now && (!now->live || now->state != ThreadState::running || now->cpu != cpu)) return "cpu: what runs there";
  }
  for (u32 bucket = 0; bucket < word_buckets; ++bucket) {
    u32 previous = 0;
    for (u32 i = words_[bucket].head; i; previous = i, i = threads.at(i).next) {
      Thread const& t = threads.at(i);
      if (!t.live || t.wait != Wait::word || (t.wait_word >> 2) % word_buckets != bucket || t.previous != previous) return "words: who is in the queue";
      if (++on_words > threads.live()) return "words: a queue goes round in a circle";
    }
    if (words_[bucket].tail != previous) return "words: a queue's tail";
  }
  for (u32 i = timer_threads_, previous = 0; i; previous = i, i = threads.at(i).timer_next) {
    Thread const& t = threads.at(i);
    if (!t.live || t.deadline_ns == no_deadline || t.timer_previous != previous || ++timed > threads.live()) return "timers: threads";
  }
  for (u32 i = 1; i <= threads.used(); ++i) {
    Thread const& t = threads.at(i);
    if (!t.live) continue;
    ready -= t.state == ThreadState::ready;
    on_words -= t.wait == Wait::word;
    timed -= t.deadline_ns != no_deadline;
  }
  if (ready) return "thread: ready, but in no run queue";
  if (on_words) return "thread: waits for a word, but in no queue";
  return timed ? "timers: a thread with a deadline is not among them" : nullptr;
}

}  // namespace hinge::nucleus
