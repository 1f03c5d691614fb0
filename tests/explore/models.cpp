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

void nothing_yet(World& w) {
  two_domains(w);
  for (u32 i = 0; i < 2; ++i) thread(w);
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

void event_and_waiters(World& w) {
  two_domains(w);
  (void)w.core().create_event(1);
  for (u32 i = 0; i < w.bounds.threads; ++i) thread(w);
}

void event_and_portal(World& w) {
  two_domains(w);
  (void)w.core().create_event(1);
  (void)w.core().create_portal(2, 2, PortalKind::message, 0, 1);
  w.core().reopen(2);
  thread(w);
}

constexpr Set running = only(Do::go_on, Do::pick, Do::preempt);
constexpr Set calling = running | only(Do::call, Do::leave, Do::donate);
constexpr Set naming = only(Do::mint, Do::remove, Do::revoke, Do::clear_table);

constexpr Model all[] = {
    {"capabilities", "one object, five places, every tree", {.cpus = 1, .portals = 1, .entries = 3},
     memory_object, naming | only(Do::create_event, Do::create_portal), 150'000, 3'000'000},
    {"calls", "three threads on two CPUs, two activations",
     {.threads = 3}, portal_and_callers<2>, calling | only(Do::admit, Do::fail_to_equip, Do::cancel), 400'000, 8'000'000},
    {"scarce", "three threads of changing priority, one activation, domains that die and come back", {.threads = 3},
     portal_and_callers<1>, calling | only(Do::reprioritise, Do::fault, Do::place), 250'000, 8'000'000},
    {"waits", "three threads, an event, two words, deadlines", {.cpus = 1, .threads = 3},
     event_and_waiters, running | only(Do::look, Do::park, Do::signal, Do::set_timer, Do::expire, Do::word_wait, Do::word_wake,
                                       Do::cancel, Do::remove), 250'000, 8'000'000},
    {"workers", "an event carried into a portal", {.cpus = 1},
     event_and_portal, calling | only(Do::bind, Do::signal, Do::remove, Do::create_event, Do::create_portal, Do::fault), 250'000, 8'000'000},
    {"everything", "all operations, two threads, two capability slots", {.cpus = 1, .slots = 1, .entries = 2, .activations = 1},
     nothing_yet, everything, 500'000, 12'000'000},
    {"two domains", "all operations, two threads on two CPUs, a capability slot for each of two domains", {.activations = 1},
     nothing_yet, everything, 500'000, 12'000'000},
};

}  // namespace

std::span<Model const> models() { return all; }

}  // namespace hinge::explore
