// Slots and domains: which slot is where, and what the death of a domain means for those inside.
#include "nucleus/core/core.hpp"

#include <algorithm>

namespace hinge::nucleus {

Result<Slot*> Core::create_slot(char const* name) {
  for (u32 i = 1; i <= layout::slot_count; ++i) {
    Slot& s = slots[i];
    if (s.live) continue;
    s.index = i;
    s.live = true;
    s.state = SlotState::empty;
    s.side = Placement::none;
    s.domain = no_domain;
    for (usize k = 0; k + 1 < sizeof s.name; ++k) {
      s.name[k] = *name;
      if (*name) ++name;
    }
    return &s;
  }
  return fail(Error::quota);
}

u64 Core::inside(Slot const& slot) const {
  u64 calls = 0;
  for (u32 i = 1; i <= activations.used(); ++i) {
    Activation const& a = activations.at(i);
    calls += a.live && a.portal && a.thread && a.slot == slot.index && !a.dead;
  }
  for (u32 i = slot.portals; i; i = portals.at(i).slot_next)
    calls += portals.at(i).inside.load(std::memory_order_acquire);  // pairs with leave_directly
  for (u32 i = 1; i <= threads.used(); ++i) {
    Thread const& t = threads.at(i);
    calls += slot.side == Placement::kernel && t.live && in_personality(t) && t.entrance->slot == slot.index;
  }
  return calls;
}

bool Core::occupied(Slot const& slot) const {
  for (u32 i = 1; i <= activations.used(); ++i) {
    Activation const& a = activations.at(i);
    if (a.live && a.portal && a.thread && (a.slot == slot.index || threads.at(a.thread).left_by == slot.index)) return true;
  }
  return false;
}

u64 Core::admit(Slot& slot, bool yes) {
  u64 queued = 0;
  slot.admits = yes && (slot.state == SlotState::running || slot.side == Placement::none);
  for (u32 i = slot.portals; i; i = portals.at(i).slot_next) {
    Portal& p = portals.at(i);
    p.admits = slot.admits && p.references;
    if (p.admits) queued += wake_queue(p);
  }
  reopen(slot.index);
  return queued;
}

void Core::admit_only(Portal& portal) {
  portal.admits = slots[portal.slot].state == SlotState::running;
  reopen(portal.slot);
  wake_queue(portal);
}

Result<u32> Core::first_free_domain() const {
  for (u32 i = 1; i <= layout::slot_count; ++i)
    if (!domains[i].live) return i;
  return fail(Error::quota);
}

Result<> Core::place(Slot& slot, Placement side, u32 with_domain) {
  // Nothing changes before all that can fail has been tried.
  if (slot.state == SlotState::running && (slot.admits || inside(slot))) return fail(Error::busy);
  if (slot.state == SlotState::died) return fail(Error::peer_died);
  u32 domain = side == Placement::kernel ? kernel_domain : no_domain;
  if (side == Placement::user && with_domain == no_domain) {
    domain = TRY(first_free_domain());
  } else if (side == Placement::user) {
    domain = with_domain;
    if (domain == kernel_domain || domain > layout::slot_count || !domains[domain].live || domains[domain].dead) {
      return fail(Error::invalid);
    }
  }
  u32 const before = slot.domain;
  if (side == Placement::user) {
    if (!domains[domain].live) domains[domain] = {.index = domain, .live = true};
    ++domains[domain].slots;
  }
  if (before != no_domain && before != kernel_domain && --domains[before].slots == 0) domains[before].live = false;
  slot.side = side;
  slot.domain = domain;
  slot.state = side == Placement::none ? SlotState::empty : SlotState::running;
  for (u32 i = slot.portals; i; i = portals.at(i).slot_next) {
    Portal& p = portals.at(i);
    p.open_root = 0;
    // Those who wait for admission may wait for a move, but not for a slot that is nowhere.
    while (side == Placement::none && p.waiting) end_wait(threads.at(p.waiting), Error::peer_died);
  }
  for (u32 i = 1; i <= activations.used(); ++i) {
    if (activations.at(i).live && activations.at(i).slot == slot.index) activations.at(i).domain = domain;
  }
  return ok;
}

void Core::kill_domain(u32 domain, Slot::Ending const& ending) {
  domains[domain].dead = true;
  for (u32 i = 1; i <= layout::slot_count; ++i) {
    Slot& s = slots[i];
    if (!s.live || s.domain != domain) continue;
    s.state = SlotState::died;
    s.ending = ending;
    s.faults.fetch_add(1, std::memory_order_relaxed);
    if (s.watch) admit(s, false);
    reopen(i);
  }
}

bool Core::bury(u32 domain, u32& cursor, u32 steps, u64 now_ns) {
  constexpr u32 to_portals = 1u << 31;  // the pools may grow between two steps
  for (; steps && cursor < activations.used(); --steps) {
    Activation& a = activations.at(++cursor);
    if (!a.live || !a.thread || a.domain != domain) continue;
    a.dead = true;
    // Whoever sleeps in it leaves it now; whoever runs in it leaves when it would return there.
    Thread& t = threads.at(a.thread);
    if (t.state != ThreadState::running && t.activation == a.index) unpark(t, Error::peer_died);
    else settle(t, now_ns);
  }
  if (!steps) return false;
  cursor = std::max(cursor, to_portals);
  for (; steps && cursor < to_portals + portals.used(); --steps) {
    Portal& p = portals.at(++cursor - to_portals);
    if (!p.live || slots[p.slot].domain != domain || slots[p.slot].watch) continue;
    while (p.waiting) end_wait(threads.at(p.waiting), Error::peer_died);
  }
  if (!steps) return false;
  for (Slot const& s : slots)
    if (s.live && s.domain == domain && s.watch) signal(events.at(s.watch));
  return true;
}

void Core::send_callers_away(Slot const& slot) {
  for (u32 i = slot.portals; i; i = portals.at(i).slot_next)
    while (portals.at(i).waiting) end_wait(threads.at(portals.at(i).waiting), Error::peer_died);
}

void Core::watch(Slot& slot, Event* event) {
  u32 const before = slot.watch;
  slot.watch = event ? event->index : 0;
  if (event) ++event->references;
  if (before) release_event(events.at(before));
  if (!slot.watch && slot.state != SlotState::running) send_callers_away(slot);
}

Result<bool> Core::clear_dead(Slot& slot, u32 steps) {
  if (slot.state != SlotState::died) return fail(Error::invalid);
  if (occupied(slot)) return fail(Error::busy);
  if (!clear_table(slot.index, steps)) return false;
  for (u32 i = slot.portals; i; i = portals.at(i).slot_next) {
    Portal& p = portals.at(i);
    for (u32* list; (list = free_list(p)); make_spare(p, *list))
      if (!steps--) return false;
    if (p.created) return fail(Error::busy);  // on its way into a pool: another CPU has it in hand
  }
  for (; slot.spare; --steps) {
    if (!steps) return false;
    Activation& a = activations.at(slot.spare);
    slot.spare = a.next;
    machine->activation_freed(a);
    activations.release(a);
  }
  slot.state = SlotState::empty;
  return true;
}

}  // namespace hinge::nucleus
