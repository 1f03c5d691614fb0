#include "tests/explore/models.hpp"

namespace hinge::explore {

namespace {

/// Slots 1 and 2, each in a domain of its own.
void two_domains(World& w) {
  for (u32 i = 1; i <= w.bounds.slots; ++i) {
    Slot& s = w.add_slot();
    w.core().domains[s.domain].root = s.domain;
  }
}

/// A thread that is ready to run; nobody names it.
Thread& thread(World& w, u8 priority = lowest) {
  Thread& t = **w.core().create_thread(0);
  t.priority = priority;
  w.core().make_ready(t);
  return t;
}

void one_thread(World& w) {
  two_domains(w);
  thread(w);
}

void memory_object(World& w) {
  two_domains(w);
  (void)w.core().insert(1, Kind::object, 7, 0, few, 0);
  w.objects = 1;
}

/// A portal into slot 1, and as many ready threads as there may be.
template <u32 limit>
void portal_and_callers(World& w) {
  two_domains(w);
  (void)w.core().create_portal(1, 1, PortalKind::message, 0, limit);
  w.core().reopen(1);
  for (u32 i = 0; i < w.bounds.threads; ++i) thread(w, i % 2 ? highest : lowest);
}

void activations_elsewhere(World& w) {
  portal_and_callers<2>(w);
  Core& core = w.core();
  Portal& portal = core.portals.at(1);
  for (u32 i = 0; i < 2; ++i) core.give(portal, *(*core.seek(portal, core.threads.at(1), 1, true)).fresh, 0);
  for (u32 i = 1; i <= core.threads.used(); ++i) core.reprioritise(core.threads.at(i), lowest, 2);
}

/// On CPU 1 one thread is inside and two have queued; CPU 0 is idle, has the other activation and has just been asked for it.
void two_in_the_queue(World& w) {
  portal_and_callers<2>(w);
  Core& core = w.core();
  Portal& portal = core.portals.at(1);
  Thread& inside = *core.pick(1);
  core.give(portal, *(*core.seek(portal, inside, 1, true)).fresh, 1);
  core.give(portal, *(*core.seek(portal, inside, 0, true)).fresh, 0);
  (void)core.enter(portal, inside, 1);
  w.actor(inside).depth = 1;
  while (Thread* const t = core.pick(1)) {
    (void)core.seek(portal, *t, 1, true);
    w.actor(*t).at = At::queued;
    w.actor(*t).portal = portal.index;
  }
  inside.state = ThreadState::running;
  core.processors[1].running = &inside;
  core.processors[1].idle = false;
  w.asked[0] = true;
}

void event_and_waiters(World& w) {
  two_domains(w);
  (void)w.core().create_event(1);
  for (u32 i = 0; i < w.bounds.threads; ++i) thread(w);
}

/// Three threads, the first of the higher priority; the second has a budget of one in a period of one.
void budget_and_locks(World& w) {
  two_domains(w);
  for (u32 i = 0; i < w.bounds.threads; ++i) thread(w, i ? lowest : highest);
  Thread& t = w.core().threads.at(2);
  t.budget_ns = t.period_ns = 1;
  t.left_ns = 1;
  t.period_end_ns = soon;
}

void event_and_portal(World& w) {
  two_domains(w);
  (void)w.core().create_event(1);
  (void)w.core().create_portal(2, 2, PortalKind::message, 0, 1);
  w.core().reopen(2);
  thread(w);
}

/// A portal into each of two slots, an event of the second, and two callers; room for as many orphans.
void two_portals(World& w) {
  two_domains(w);
  for (u32 i = 1; i <= 2; ++i) {
    (void)w.core().create_portal(i, i, PortalKind::message, 0, 1);
    w.core().reopen(i);
  }
  (void)w.core().create_event(2);
  for (u32 i = 0; i < w.bounds.threads / 2; ++i) thread(w);
}

/// One of the callers has gone through both.
void a_chain(World& w) {
  two_portals(w);
  Core& core = w.core();
  Thread& inside = *core.pick(0);
  for (u32 i = 1; i <= 2; ++i) {
    core.give(core.portals.at(i), *(*core.seek(core.portals.at(i), inside, 0, true)).fresh, 0);
    (void)core.enter(core.portals.at(i), inside, 0);
  }
  w.actor(inside).depth = 2;
  inside.state = ThreadState::running;
  core.processors[0].running = &inside;
  core.processors[0].idle = false;
}

constexpr Set running = only(Do::go_on, Do::pick, Do::preempt);
constexpr Set calling = running | only(Do::call, Do::leave, Do::donate);
constexpr Set naming = only(Do::mint, Do::remove, Do::revoke, Do::clear_table);

constexpr Model all[] = {
    {"capabilities", "one object, events, a portal, six places, every tree", {.cpus = 1, .entries = 3},
     memory_object, naming | only(Do::create_event, Do::create_portal), 150'000, 3'000'000},
    {"calls", "three threads on two CPUs, two activations",
     {.threads = 3}, portal_and_callers<2>, calling | only(Do::admit, Do::fail_to_equip, Do::cancel), 600'000, 8'000'000},
    {"donations", "two callers on one CPU, two activations in the pool of the other", {},
     activations_elsewhere, calling, 100'000, 100'000},
    {"barging", "two callers wait, a CPU was asked for its activation, another one is about to be left", {.threads = 3},
     two_in_the_queue, calling, 700'000, 3'000'000},
    {"priorities", "three threads of changing priority, one CPU, one activation", {.cpus = 1, .threads = 3},
     portal_and_callers<1>, calling | only(Do::reprioritise), 200'000, 8'000'000},
    {"deaths", "one activation, in domains that die and come back", {},
     portal_and_callers<1>, calling | only(Do::fault, Do::place, Do::admit, Do::remove), 400'000, 8'000'000},
    {"portals that go", "two callers of portals that come and go, two activations", {.cpus = 1},
     portal_and_callers<2>, calling | only(Do::remove, Do::create_portal, Do::collect, Do::fail_to_equip), 400'000, 8'000'000},
    {"moves", "two callers of a slot that goes from side to side", {},
     portal_and_callers<1>, calling | only(Do::admit, Do::place), 400'000, 8'000'000},
    {"waits", "three threads, an event, two words, deadlines", {.cpus = 1, .threads = 3},
     event_and_waiters, running | only(Do::look, Do::park, Do::signal, Do::set_timer, Do::expire, Do::word_wait, Do::word_wake,
                                       Do::cancel, Do::remove), 400'000, 8'000'000},
    {"budgets and locks", "three threads, one with a budget, and a lock that any of them may hold", {.cpus = 1, .threads = 3},
     budget_and_locks, running | only(Do::lock_wait, Do::word_wake, Do::use, Do::rest, Do::expire, Do::reprioritise, Do::cancel),
     400'000, 8'000'000},
    {"workers", "an event carried into a portal", {.cpus = 1},
     event_and_portal, calling | only(Do::bind, Do::signal, Do::remove, Do::create_event, Do::create_portal, Do::fault), 400'000, 8'000'000},
    {"orphans", "calls through two domains that die, with deadlines, and waits", {.cpus = 1, .threads = 4, .portals = 2, .entries = 2, .deadlines = true},
     a_chain, calling | only(Do::fault, Do::place, Do::look, Do::park, Do::signal, Do::expire, Do::word_wait, Do::word_wake), 600'000, 8'000'000},
    {"orphans on two CPUs", "the same, while others run", {.threads = 4, .portals = 2, .entries = 2, .deadlines = true},
     two_portals, calling | only(Do::fault, Do::expire), 400'000, 8'000'000},
    {"everything", "all operations, two threads, two capability slots", {.cpus = 1, .slots = 1, .entries = 2, .activations = 1},
     one_thread, everything, 1'000'000, 12'000'000},
    {"two domains", "all operations, two threads on two CPUs, a capability slot for each of two domains", {.activations = 1},
     one_thread, everything, 600'000, 12'000'000},
};

}  // namespace

std::span<Model const> models() { return all; }

}  // namespace hinge::explore
