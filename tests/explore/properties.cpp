// What must hold between core and callers, in every state: no thread, no call, no signal and no activation is lost.
#include "tests/explore/operations.hpp"

namespace hinge::explore {

namespace {

/// Free activations that a caller could have, wherever they lie.
bool has_free(World& w, Portal const& p) {
  for (u32 cpu = 0; cpu < w.bounds.cpus; ++cpu) {
    if (p.own[cpu].free) return true;
  }
  return p.shared;
}

/// Somebody is about to touch the portal's pool, or has been woken to do so.
bool in_motion(World& w, Portal const& p) {
  Core& core = w.core();
  for (u32 cpu = 0; cpu < w.bounds.cpus; ++cpu) {
    if (w.asked[cpu]) return true;
  }
  for (u32 i = 1; i <= core.threads.used(); ++i) {
    Thread const& t = core.threads.at(i);
    if (!t.live || t.state == ThreadState::parked || t.state == ThreadState::ended) continue;
    Actor const& a = w.actor(t);
    if (a.portal == p.index && a.at != At::user && a.at != At::worker) return true;
  }
  return false;
}

char const* lost_caller(World& w) {
  Core& core = w.core();
  for (u32 i = 1; i <= core.portals.used(); ++i) {
    Portal const& p = core.portals.at(i);
    if (!p.live || !p.waiting || !p.admits || in_motion(w, p)) continue;
    if (has_free(w, p)) return "a caller waits though an activation is free";
    u32 busy = 0;
    for (u32 k = 1; k <= core.activations.used(); ++k) {
      Activation const& a = core.activations.at(k);
      busy += a.live && a.portal == i && a.thread;
    }
    if (!busy) return "a caller waits though nobody is inside";
  }
  return nullptr;
}

/// Free activations lie in a pool, or somebody has them in hand.
char const* lost_activation(World& w) {
  Core& core = w.core();
  for (u32 i = 1; i <= core.activations.used(); ++i) {
    Activation const& a = core.activations.at(i);
    if (!a.live || !a.portal || a.thread) continue;
    Portal const& p = core.portals.at(a.portal);
    u32 found = 0;
    auto const count = [&](u32 head) {
      for (u32 k = head; k; k = core.activations.at(k).next) found += k == i;
    };
    count(p.shared);
    for (u32 cpu = 0; cpu < w.bounds.cpus; ++cpu) count(p.own[cpu].free);
    for (u32 t = 1; t <= core.threads.used(); ++t) found += core.threads.at(t).live && w.actors[t].activation == i;
    if (found != 1) return "an activation that nobody can have any more";
  }
  return nullptr;
}

char const* lost_thread(World& w) {
  Core& core = w.core();
  for (u32 i = 1; i <= core.threads.used(); ++i) {
    Thread const& t = core.threads.at(i);
    if (!t.live) continue;
    if (t.state == ThreadState::stopped && t.references < 2) return "a stopped thread that nobody can start";
    u32 depth = 0;
    for (u32 a = t.activation; a != t.base; a = core.activations.at(a).caller) ++depth;
    if (depth != w.actor(t).depth) return "a call has ended twice, or never";
  }
  return nullptr;
}

char const* lost_processor(World& w) {
  Core& core = w.core();
  for (u32 cpu = 0; cpu < w.bounds.cpus; ++cpu) {
    u32 const ready = CoreTestAccess::ready(core, cpu);
    if (fake_machine.poked >> cpu & 1) continue;
    if (core.processors[cpu].running && Core::must_leave(*core.processors[cpu].running) && !w.off(cpu)) return "a thread stays where it must not, and its CPU was not told";
    if (!ready) continue;
    if (core.processors[cpu].idle) return "a CPU sleeps though a thread is ready for it";
    u32 const best = 31 - u32(__builtin_clz(ready));
    if (core.processors[cpu].running->priority < best) return "a better thread is ready and its CPU was not told";
  }
  return nullptr;
}

/// Who was lent priority, or has used up its budget, hears of it before its program goes on.
char const* untold(World& w) {
  Core& core = w.core();
  for (u32 i = 1; i <= core.threads.used(); ++i) {
    Thread const& t = core.threads.at(i);
    if (t.live && t.lenders && t.state != ThreadState::ended && !(t.flags & flag_lent)) return "a loan that nothing ends";
  }
  return nullptr;
}

char const* lost_deadline(World& w) {
  Core& core = w.core();
  u64 earliest = no_deadline;
  for (u32 i = 1; i <= core.threads.used(); ++i) {
    if (core.threads.at(i).live) earliest = std::min(earliest, core.threads.at(i).deadline_ns);
  }
  for (u32 i = 1; i <= core.events.used(); ++i) {
    if (core.events.at(i).live) earliest = std::min(earliest, core.events.at(i).deadline_ns);
  }
  return fake_machine.armed_ns > earliest ? "a deadline for which no timer was set" : nullptr;
}

}  // namespace

char const* broken_property(World& w) {
  Core& core = w.core();
  u32 objects = 0;
  for (u32 table = 1; table <= w.bounds.slots; ++table) {
    for (u32 i = 1; i <= core.slots[table].table.used; ++i) objects += core.slots[table].table.entries[i].kind == Kind::object;
  }
  if (objects != w.objects) return "the machine was told of more or fewer capabilities than there are";
  if (auto bad = lost_caller(w)) return bad;
  if (auto bad = lost_activation(w)) return bad;
  if (auto bad = lost_thread(w)) return bad;
  if (auto bad = lost_processor(w)) return bad;
  if (auto bad = untold(w)) return bad;
  return lost_deadline(w);
}

}  // namespace hinge::explore
