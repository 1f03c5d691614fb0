#include "tests/explore/operations.hpp"

#include <iterator>
#include <utility>

namespace hinge::explore {

namespace {

/// The CPU finds another thread to run, or none.
void switch_away(World& w, u32 cpu) {
  Core& core = w.core();
  Thread* const next = core.pick(cpu);
  core.processors[cpu].running = next;
  core.processors[cpu].idle = !next;
  fake_machine.poked &= ~(1u << cpu);
  if (next) next->state = ThreadState::running;
}

/// The thread that runs on a CPU in ring 3, so that it may ask for something.
Thread* in_user(World& w, u32 cpu) {
  Thread* const t = w.core().processors[cpu].running;
  return t && w.actor(*t).at == At::user ? t : nullptr;
}

/// The machine's memory objects are counted by the world.
void keep_count(World& w, i64 before) { w.objects = u32(i64(w.objects) + fake_machine.references - before); }

bool call(World& w, u32 cpu, Handle portal, u32 deadline) {
  Thread* const t = in_user(w, cpu);
  auto const c = w.core().look_up(portal, Kind::portal, Right::call);
  if (!t || !c) return false;
  Actor& a = w.actor(*t);
  a.portal = u32((*c)->object);
  a.may_grow = true;
  a.deadline = deadline;
  a.at = At::entering;
  return true;
}

/// Off its base a worker has nothing to do but wait again; anybody else is back in ring 3.
void back(Actor& a, Thread const& t) {
  a.at = t.worker_portal && !a.depth ? At::worker : At::user;
  a.portal = a.activation = a.deadline = 0;
  a.may_grow = true;
  a.woken = false;
}

bool exit(World& w, Thread& t, u32 cpu) {
  w.core().processors[cpu].running = nullptr;
  t.state = ThreadState::ended;
  switch_away(w, cpu);
  w.core().end_thread(t);
  return true;
}

/// The next step of acquire, call_user or run_worker (nucleus/call) for the thread that runs on a CPU.
bool go_on(World& w, u32 cpu) {
  Core& core = w.core();
  Thread* const running = core.processors[cpu].running;
  if (!running) return false;
  Thread& t = *running;
  Actor& a = w.actor(t);
  Portal& portal = core.portals.at(a.portal);
  if ((t.flags & flag_cut) && (a.at == At::user || a.at == At::direct)) return core.settle_running(t, later), true;
  switch (a.at) {
    case At::user:
      return (t.flags & flag_end) && t.activation == t.base && exit(w, t, cpu);
    case At::queued:
      if (t.wake_reason != Error::none) return back(a, t), true;
      a.at = At::entering;
      a.may_grow = a.woken = true;
      [[fallthrough]];
    case At::entering: {
      if (core.slots[portal.slot].side == Placement::kernel) {
        auto const in = core.enter_directly(portal);
        if (in) a.at = At::direct;
        else if (in.error() == Error::busy) a.at = At::awaiting;
        else back(a, t);
        return true;
      }
      auto const entered = core.enter(portal, t, cpu);
      if (entered && a.deadline) core.set_deadline(**entered, a.deadline);
      if (entered && a.woken) ++a.depth, a.at = At::passing;
      else if (entered) ++a.depth, back(a, t);
      else if (entered.error() == Error::peer_died) back(a, t);
      else a.at = At::seeking;
      return true;
    }
    case At::seeking: {
      auto const step = core.seek(portal, t, cpu, a.may_grow);
      if (!step) return back(a, t), true;
      if (step->way == Core::Way::retry) a.at = At::entering;
      if (step->way == Core::Way::equip) a.at = At::equipping, a.activation = step->fresh->index;
      if (step->way == Core::Way::queued) {
        a.at = At::queued;
        for (u32 i = 0; i < w.bounds.cpus; ++i) w.asked[i] |= i != cpu;
        switch_away(w, cpu);
      }
      return true;
    }
    case At::awaiting: {
      auto const queued = core.await_admission(portal, t);
      if (!queued) return back(a, t), true;
      a.at = *queued ? At::queued : At::entering;
      if (*queued) switch_away(w, cpu);
      return true;
    }
    case At::passing:
      core.pass_on(portal);
      return back(a, t), true;
    case At::equipping:
      core.give(portal, core.activations.at(a.activation), cpu);
      a.at = At::entering;
      a.activation = 0;
      return true;
    case At::handing:
      core.give(portal, core.activations.at(a.activation), cpu);
      if (!t.origin || a.depth) return back(a, t), true;
      w.asked[cpu] |= portal.waiting != 0;
      return exit(w, t, cpu);
    case At::sharing:
      core.share(portal, core.activations.at(a.activation));
      return back(a, t), true;
    case At::direct:
      core.leave_directly(portal);
      return back(a, t), true;
    case At::worker: {
      if (!t.worker_event || (t.flags & flag_end)) return exit(w, t, cpu);
      Event& event = core.events.at(t.worker_event);
      if (core.park(t, event, a.moved ? event.count - 1 : event.count, no_deadline)) {
        switch_away(w, cpu);
      } else {
        a.moved = false;
        a.at = At::entering;
        a.portal = t.worker_portal;
      }
      return true;
    }
  }
  return false;
}

bool fail_to_equip(World& w, u32 cpu) {
  Core& core = w.core();
  Thread* const t = core.processors[cpu].running;
  if (!t || w.actor(*t).at != At::equipping) return false;
  Actor& a = w.actor(*t);
  Portal& portal = core.portals.at(a.portal);
  core.withdraw(portal, core.activations.at(a.activation));
  a.activation = 0;
  a.may_grow = false;
  if (portal.created) a.at = At::entering;
  else back(a, *t);
  return true;
}

/// The thread replies, or leaves because the domain it is in has died: the activation is handed back either way.
bool leave(World& w, u32 cpu) {
  Core& core = w.core();
  Thread* const t = in_user(w, cpu);
  if (!t || t->activation == t->base) return false;
  Activation& a = core.activations.at(t->activation);
  Actor& actor = w.actor(*t);
  --actor.depth;
  core.clear_deadline(a);
  core.leave(a);
  actor.portal = a.portal;
  actor.activation = a.index;
  bool const ends = t->origin && !actor.depth;
  actor.at = core.portals.at(a.portal).waiting && !ends ? At::sharing : At::handing;
  return true;
}

bool look(World& w, u32 cpu, Handle event) {
  Thread* const t = in_user(w, cpu);
  if (!t || !w.core().look_up(event, Kind::event, Right::wait)) return false;
  w.actor(*t).looked = true;
  w.actor(*t).moved = false;
  return true;
}

bool hears_cancel(Thread& t) { return t.flags.fetch_and(~u32{flag_cancel}) & flag_cancel; }

bool park(World& w, u32 cpu, Handle event, u64 deadline_ns) {
  Thread* const t = in_user(w, cpu);
  auto const c = w.core().look_up(event, Kind::event, Right::wait);
  if (!t || !c || !w.actor(*t).looked) return false;
  Actor& a = w.actor(*t);
  if (hears_cancel(*t)) return true;
  Event& e = w.core().events.at(u32((*c)->object));
  bool const parked = w.core().park(*t, e, a.moved ? e.count - 1 : e.count, deadline_ns);
  a.looked = a.moved = false;
  if (parked) switch_away(w, cpu);
  return true;
}

/// Everybody who knows a count of the event now knows an old one.
void count_moves(World& w, u32 event) {
  for (u32 i = 1; i <= w.core().threads.used(); ++i) {
    Thread const& t = w.core().threads.at(i);
    if (t.live && (w.actor(t).looked || t.worker_event == event)) w.actor(t).moved = true;
  }
}

bool expire(World& w, u64 now) {
  Core& core = w.core();
  for (u32 i = 1; i <= core.events.used(); ++i) {
    if (core.events.at(i).live && core.events.at(i).deadline_ns <= now) count_moves(w, i);
  }
  fake_machine.armed_ns = no_deadline;
  u64 const next = core.expire(now);
  if (next < fake_machine.armed_ns) fake_machine.armed_ns = next;
  return true;
}

bool create_thread(World& w, u32 table, Handle portal) {
  Core& core = w.core();
  auto const p = core.look_up(portal, Kind::portal, Right::control);
  if (!p) return false;
  Portal& personality = core.portals.at(u32((*p)->object));
  auto const t = core.create_thread(personality.slot);
  if (!t) return false;
  core.set_personality(**t, personality);
  (*t)->priority = lowest;
  w.actor(**t) = {};
  if (!core.name_thread(table, **t)) core.end_thread(**t);
  return true;
}

bool bind(World& w, Handle event, Handle portal) {
  Core& core = w.core();
  auto const e = core.look_up(event, Kind::event, Right::wait);
  auto const p = core.look_up(portal, Kind::portal, Right::call);
  if (!e || !p || core.events.at(u32((*e)->object)).worker) return false;
  auto const t = core.create_thread(1);
  if (!t) return false;
  if (!core.bind(core.events.at(u32((*e)->object)), core.portals.at(u32((*p)->object)), **t)) return false;
  (*t)->priority = highest;
  w.actor(**t) = {.at = At::worker, .moved = true};
  core.make_ready(**t);
  return true;
}

bool kill_thread(World& w, Handle h) {
  Core& core = w.core();
  auto const c = core.look_up(h, Kind::thread, Right::control);
  if (!c) return false;
  Thread& t = core.threads.at(u32((*c)->object));
  if (t.state == ThreadState::ended || (t.flags & flag_end)) return false;
  if (t.state == ThreadState::stopped) return core.end_thread(t), true;
  t.flags |= flag_end;
  core.cancel(t);
  return true;
}

bool place(World& w, u32 slot, u32 where) {
  Core& core = w.core();
  Slot& s = core.slots[slot];
  constexpr Placement sides[] = {Placement::none, Placement::kernel, Placement::user, Placement::user};
  u32 const with = where == 3 ? core.slots[slot == 1 ? 2 : 1].domain : no_domain;
  if (where == 3 && w.bounds.slots < 2) return false;
  if (!core.place(s, sides[where], with)) return true;
  if (s.side == Placement::user) core.domains[s.domain].root = s.domain;
  core.reopen(slot);
  return true;
}

}  // namespace

namespace {

bool apply_one(World& w, Operation o) {
  Core& core = w.core();
  // Two tables of `entries` each: an argument names table and index.
  auto const handle = [&](u8 argument) { return make_handle(1 + argument / w.bounds.entries, 1 + argument % w.bounds.entries); };
  switch (o.what) {
    case Do::mint: {
      auto const from = core.find(handle(o.a));
      if (!from) return false;
      i64 const before = fake_machine.references;
      Right const wishes[] = {(*from)->rights, (*from)->rights & few, Right::all};
      (void)core.mint(handle(o.a), 1 + o.b, wishes[o.c % 3], o.c / 3);
      return keep_count(w, before), true;
    }
    case Do::remove: {
      i64 const before = fake_machine.references;
      (void)core.remove(handle(o.a));
      return keep_count(w, before), true;
    }
    case Do::revoke: {
      i64 const before = fake_machine.references;
      (void)core.revoke(handle(o.a), 1);
      return keep_count(w, before), true;
    }
    case Do::clear_table: {
      i64 const before = fake_machine.references;
      core.clear_table(1 + o.a, 1);
      return keep_count(w, before), true;
    }
    case Do::create_event: return (void)core.create_event(1 + o.a), true;
    case Do::create_portal: return (void)core.create_portal(1 + o.a, 1 + o.a, PortalKind::message, 0, 1 + o.b), true;
    case Do::create_thread: return create_thread(w, 1 + o.a, handle(o.b));
    case Do::start_thread: {
      auto const c = core.look_up(handle(o.a), Kind::thread, Right::control);
      if (!c || core.threads.at(u32((*c)->object)).state != ThreadState::stopped) return false;
      return core.make_ready(core.threads.at(u32((*c)->object))), true;
    }
    case Do::kill_thread: return kill_thread(w, handle(o.a));
    case Do::cancel:
      if (core.threads.used() <= o.a || !core.threads.at(1 + o.a).live) return false;
      if (core.threads.at(1 + o.a).state != ThreadState::parked) return false;
      return core.cancel(core.threads.at(1 + o.a)), true;
    case Do::reprioritise: {
      if (core.threads.used() <= o.a || !core.threads.at(1 + o.a).live) return false;
      Thread& t = core.threads.at(1 + o.a);
      u8 const priority = o.b & 1 ? highest : lowest;
      u64 const mask = o.b & 2 ? 1 : ~u64{0};
      if (t.priority == priority && t.cpu_mask == mask) return false;
      return core.reprioritise(t, priority, mask), true;
    }
    case Do::bind: return bind(w, handle(o.a), handle(o.b));
    case Do::admit: return core.admit(core.slots[1 + o.a], o.b), true;
    case Do::signal: {
      auto const c = core.look_up(handle(o.a), Kind::event, Right::signal);
      if (!c) return false;
      count_moves(w, u32((*c)->object));
      return core.signal(core.events.at(u32((*c)->object))), true;
    }
    case Do::look: return look(w, o.a, handle(o.b));
    case Do::park: return park(w, o.a, handle(o.b), o.c ? o.c : no_deadline);
    case Do::set_timer: {
      auto const c = core.look_up(handle(o.a), Kind::event, Right::signal);
      if (!c) return false;
      return core.set_timer(core.events.at(u32((*c)->object)), o.b ? o.b : no_deadline, o.c), true;
    }
    case Do::expire: return expire(w, 1 + o.a);
    case Do::word_wait: {
      Thread* const t = in_user(w, o.a);
      if (!t) return false;
      if (o.c && hears_cancel(*t)) return true;
      core.park_on_word(*t, words[o.b], o.c ? o.c : no_deadline);
      return switch_away(w, o.a), true;
    }
    case Do::lock_wait: {
      Thread* const t = in_user(w, o.a);
      if (!t || core.threads.used() <= o.b) return false;
      Thread& owner = core.threads.at(1 + o.b);
      if (!owner.live || owner.state == ThreadState::ended) return false;
      core.park_on_word(*t, words[0], no_deadline);
      core.lend(*t, owner);
      return switch_away(w, o.a), true;
    }
    case Do::use: {
      Thread* const t = in_user(w, o.a);
      if (!t || !t->budget_ns || t->left_ns <= 0) return false;
      return core.spend(*t, 1 + o.b), true;
    }
    case Do::rest: {
      Thread* const t = in_user(w, o.a);
      if (!t || !(t->flags & (flag_budget | flag_lent)) || t->activation != t->base) return false;
      core.forfeit(*t);
      if (core.rest(*t, o.b)) switch_away(w, o.a);
      return true;
    }
    case Do::word_wake: return core.wake_word(words[o.a], 1);
    case Do::call: return call(w, o.a, handle(o.b), o.c);
    case Do::go_on: return go_on(w, o.a);
    case Do::fail_to_equip: return fail_to_equip(w, o.a);
    case Do::leave: return leave(w, o.a);
    case Do::fault: {
      u32 const domain = 1 + o.a;
      if (!core.domains[domain].live || core.domains[domain].dead) return false;
      return w.kill(domain), true;
    }
    case Do::place: return place(w, 1 + o.a, o.b);
    case Do::donate:
      if (!w.asked[o.a] || w.off(o.a)) return false;
      w.asked[o.a] = false;
      return core.donate(o.a), true;
    case Do::pick:
      if (core.processors[o.a].running) return false;
      switch_away(w, o.a);
      return core.processors[o.a].running != nullptr;
    case Do::preempt: {
      Thread* const t = in_user(w, o.a);
      if (!t || !(core.better_waits(o.a, t->priority) || Core::must_leave(*t))) return false;
      core.make_ready(*t);
      return switch_away(w, o.a), true;
    }
    case Do::collect:
      // After a rendezvous: nobody is in the middle of something.
      for (u32 cpu = 0; cpu < w.bounds.cpus; ++cpu)
        if (w.off(cpu)) return false;
      return core.collect(2 + o.a), true;
    case Do::count: break;
  }
  return false;
}

/// Where a thread was goes with the part that is below the cut; the part above is back in ring 3.
void follow_cuts(World& w) {
  Core& core = w.core();
  u32 const count = std::exchange(fake_machine.cut_count, 0);
  auto const cut = [](u32 i) { return fake_machine.cuts[i]; };
  u32 below[std::size(fake_machine.cuts) + 1] = {};  // a later cut may have shortened the orphan of an earlier one
  for (u32 i = count; i--;) {
    Thread const& orphan = core.threads.at(cut(i).orphan);
    for (u32 k = orphan.activation; k != orphan.base; k = core.activations.at(k).caller) ++below[i];
    if (i + 1 < count && cut(i + 1).above == orphan.index) below[i] += below[i + 1];
  }
  for (u32 i = 0; i < count; ++i) {
    Thread& above = core.threads.at(cut(i).above);
    Thread& orphan = core.threads.at(cut(i).orphan);
    u32 const all = w.actor(above).depth;
    w.actor(orphan) = w.actor(above);
    w.actor(orphan).depth = below[i];
    w.actor(above) = {.depth = all - below[i]};
    back(w.actor(above), above);
  }
}

}  // namespace

bool apply(World& w, Operation o) {
  bool const happens = apply_one(w, o);
  follow_cuts(w);
  return happens;
}

char const* name_of(Do what) {
  constexpr char const* names[] = {
#define X(name) #name,
      HINGE_OPERATIONS(X)
#undef X
  };
  return names[u32(what)];
}

namespace {

/// How many values each argument of an operation has.
struct Shape { Do what; u8 a = 1, b = 1, c = 1; };

struct Shapes {
  Shape of[u32(Do::count)];
  explicit Shapes(Bounds const& bounds) {
    u8 const cpus = u8(bounds.cpus), threads = u8(bounds.threads), slots = u8(bounds.slots), handles = u8(bounds.entries * slots);
    Shape const all[] = {
        {Do::mint, handles, slots, 9}, {Do::remove, handles}, {Do::revoke, handles}, {Do::clear_table, slots},
        {Do::create_event, slots}, {Do::create_portal, slots, u8(bounds.activations)}, {Do::create_thread, slots, handles},
        {Do::start_thread, handles}, {Do::kill_thread, handles}, {Do::cancel, threads},
        {Do::reprioritise, threads, u8(cpus > 1 ? 4 : 2)}, {Do::bind, handles, handles}, {Do::admit, slots, 2},
        {Do::signal, handles}, {Do::look, cpus, handles}, {Do::park, cpus, handles, 3}, {Do::set_timer, handles, 3, 2},
        {Do::expire, 2}, {Do::word_wait, cpus, 2, 3}, {Do::lock_wait, cpus, threads}, {Do::word_wake, 2},
        {Do::use, cpus, u8(most_debt)}, {Do::call, cpus, handles, u8(bounds.deadlines ? 3 : 1)}, {Do::go_on, cpus},
        {Do::fail_to_equip, cpus}, {Do::leave, cpus}, {Do::fault, u8(slots + 1)}, {Do::place, slots, 4}, {Do::donate, cpus},
        {Do::pick, cpus}, {Do::preempt, cpus}, {Do::rest, cpus, 3}, {Do::collect, 2}};
    static_assert(sizeof all == sizeof of);
    for (Shape const& s : all) of[u32(s.what)] = s;
  }
};

}  // namespace

Operation within(Bounds const& bounds, Operation o) {
  Shape const& s = Shapes{bounds}.of[u32(o.what)];
  return {o.what, u8(o.a % s.a), u8(o.b % s.b), u8(o.c % s.c)};
}

u32 enumerate(Bounds const& bounds, Set kinds, std::span<Operation> into) {
  Shapes const shapes{bounds};
  u32 count = 0;
  for (Shape const& s : shapes.of) {
    if (!(kinds >> u32(s.what) & 1)) continue;
    for (u8 a = 0; a < s.a; ++a) {
      for (u8 b = 0; b < s.b; ++b) {
        for (u8 c = 0; c < s.c; ++c) {
          if (count < into.size()) into[count++] = {s.what, a, b, c};
        }
      }
    }
  }
  return count;
}

}  // namespace hinge::explore
