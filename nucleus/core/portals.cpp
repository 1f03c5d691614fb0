// Portals and activations: how a thread enters a user-side slot and leaves it again. enter and leave run on the call
// path with interrupts off and touch only the pool of the CPU they run on.
#include "nucleus/core/core.hpp"

namespace hinge::nucleus {

Result<Handle> Core::create_portal(u32 table, u32 slot, PortalKind kind, u64 cookie, u32 limit) {
  Slot& s = slots[slot];
  if (s.portal_count >= portals_of_slot) return fail(Error::quota);
  Portal* const p = TRY(portals.allocate());
  p->slot = slot;
  p->home = &s;
  p->kind = kind;
  p->cookie = cookie;
  p->limit = limit;
  p->admits = s.admits;
  p->slot_next = s.portals;
  if (s.portals) portals.at(s.portals).slot_previous = p->index;
  s.portals = p->index;
  ++s.portal_count;
  auto const h = insert(table, Kind::portal, p->index, p->generation, Right::call | Right::control, 0);
  if (!h) free_portal(*p);
  reopen(slot);
  return h;
}

void Core::free_portal(Portal& p) {
  Slot& s = *p.home;
  (p.slot_previous ? portals.at(p.slot_previous).slot_next : s.portals) = p.slot_next;
  if (p.slot_next) portals.at(p.slot_next).slot_previous = p.slot_previous;
  --s.portal_count;
  portals.release(p);
}

void Core::reopen(u32 slot) {
  Slot const& s = slots[slot];
  bool const enterable = s.live && s.state == SlotState::running && s.side == Placement::user;
  for (u32 i = s.portals; i; i = portals.at(i).slot_next) {
    Portal& p = portals.at(i);
    p.open_root = enterable && p.admits ? domains[s.domain].root : 0;
    machine->reopened(p);
  }
}

Result<Activation*> Core::enter(Portal& portal, Thread& thread, u32 cpu) {
  if (!portal.admits) return fail(Error::busy);
  Slot const& slot = slots[portal.slot];
  if (slot.state != SlotState::running) return fail(slot.watch ? Error::busy : Error::peer_died);
  if (slot.side != Placement::user) return fail(Error::not_present);
  if (activations.at(thread.activation).dead) return fail(Error::peer_died);
  u32 const index = portal.own[cpu].free;
  if (!index) return fail(Error::would_block);
  Activation& a = activations.at(index);
  portal.own[cpu].free = a.next;
  a.thread = thread.index;
  a.seen_ms = 0;
  a.caller = thread.activation;
  a.deadline_ns = activations.at(a.caller).deadline_ns;
  thread.activation = index;
  return &a;
}

Result<> Core::enter_directly(Portal& portal) {
  if (!portal.admits) return fail(Error::busy);
  Slot const& slot = slots[portal.slot];
  if (slot.state != SlotState::running) return fail(Error::peer_died);
  if (slot.side != Placement::kernel) return fail(Error::not_present);
  portal.inside.fetch_add(1, std::memory_order_relaxed);
  return ok;
}

void Core::leave(Activation& a) {
  threads.at(a.thread).activation = a.caller;
  a.thread = 0;
  a.caller = 0;
  a.dead = false;
  a.deadline_ns = no_deadline;
  for (Grant& g : a.grants) g = {};
}

void Core::give(Portal& portal, Activation& a, u32 cpu) {
  a.next = portal.own[cpu].free;
  portal.own[cpu].free = a.index;
}

Result<Activation*> Core::grow(Portal& portal) {
  if (portal.created >= portal.limit) return fail(Error::quota);
  Slot& s = *portal.home;
  Activation* const a = s.spare ? &activations.at(s.spare) : TRY(activations.allocate());
  if (s.spare) s.spare = a->next;
  a->portal = portal.index;
  a->slot = portal.slot;
  a->home = portal.home;
  a->entrance = &portal;
  a->domain = a->home->domain;
  ++portal.created;
  return a;
}

void Core::withdraw(Portal& portal, Activation& fresh) {
  --portal.created;
  activations.release(fresh);
  wake_queue(portal);
}

/// One of the places where free activations of a portal lie, if there are any.
u32* Core::free_list(Portal& p) {
  if (p.shared) return &p.shared;
  for (u32 cpu = 0; cpu < cpus; ++cpu)
    if (p.own[cpu].free) return &p.own[cpu].free;
  return nullptr;
}

/// The first of the list.
void Core::make_spare(Portal& p, u32& list) {
  Activation& a = activations.at(list);
  list = a.next;
  --p.created;
  a.portal = 0;
  a.entrance = nullptr;
  a.lower_half = false;  // a caller view's; the next portal may be of the other kind
  a.next = p.home->spare;
  p.home->spare = a.index;
}

void Core::collect(u32 steps) {
  left_lately_ = 0;
  for (u32 index = 0, last = leaving_last_; leaving_first_ && index != last; --steps) {
    Portal& p = portals.at(leaving_first_);
    for (u32* list; steps && (list = free_list(p)); --steps) make_spare(p, *list);
    if (!steps) return;
    index = p.index;
    leaving_first_ = p.leaving_next;
    if (!leaving_first_) leaving_last_ = 0;
    if (p.created || p.inside.load(std::memory_order_acquire)) leave_behind(p);  // pairs with leave_directly
    else free_portal(p);
  }
}

/// To the end of the queue of those that cannot go yet.
void Core::leave_behind(Portal& p) {
  p.leaving_next = 0;
  (leaving_last_ ? portals.at(leaving_last_).leaving_next : leaving_first_) = p.index;
  leaving_last_ = p.index;
}

void Core::share(Portal& portal, Activation& a) {
  a.next = portal.shared;
  portal.shared = a.index;
  if (portal.waiting && portal.admits) end_wait(threads.at(portal.waiting), Error::none);
}

void Core::pass_on(Portal& portal) {
  if (portal.waiting && portal.admits && portal.shared) end_wait(threads.at(portal.waiting), Error::none);
}

void Core::donate(u32 cpu) {
  for (u32 i = wanted_; i;) {
    Portal& p = portals.at(i);
    i = p.wanted_next;
    while (p.waiting && p.admits && p.own[cpu].free) {
      Activation& a = activations.at(p.own[cpu].free);
      p.own[cpu].free = a.next;
      share(p, a);
    }
  }
}

bool Core::take_shared(Portal& portal, u32 cpu) {
  u32 const index = portal.shared;
  if (!index) return false;
  portal.shared = activations.at(index).next;
  give(portal, activations.at(index), cpu);
  return true;
}

Result<Core::Step> Core::seek(Portal& portal, Thread& thread, u32 cpu, bool may_grow) {
  if (!TRY(await_admission(portal, thread))) {
    if (portal.own[cpu].free || take_shared(portal, cpu)) return Step{Way::retry};
    if (may_grow) {
      auto const fresh = grow(portal);
      if (fresh) return Step{Way::equip, *fresh};
      if (!portal.created) return fail(fresh.error());
    }
    if (!portal.created) return fail(Error::quota);
    wait_in(portal, thread);
  }
  return Step{Way::queued};
}

Result<bool> Core::await_admission(Portal& portal, Thread& thread) {
  // Nobody names a portal without references any more; it is kept for those inside.
  Slot const& slot = slots[portal.slot];
  bool const comes_back = slot.watch && portal.references;
  if (!portal.live || !portal.references || (slot.state != SlotState::running && !comes_back)) return fail(Error::peer_died);
  if (activations.at(thread.activation).dead) return fail(Error::peer_died);  // Since it had left the lock.
  if (portal.admits) return false;
  wait_in(portal, thread);
  return true;
}

void Core::wait_in(Portal& portal, Thread& thread) {
  enqueue(portal, thread);
  thread.state = ThreadState::parked;
  thread.wait = Wait::portal;
  thread.wait_object = portal.index;
}

/// By priority, first come first served inside one.
void Core::enqueue(Portal& portal, Thread& thread) {
  if (!portal.waiting) {
    portal.wanted_previous = 0;
    portal.wanted_next = wanted_;
    if (wanted_) portals.at(wanted_).wanted_previous = portal.index;
    wanted_ = portal.index;
  }
  u32 previous = 0, at = portal.waiting;
  while (at && threads.at(at).priority >= thread.priority) {
    previous = at;
    at = threads.at(at).next;
  }
  thread.next = at;
  thread.previous = previous;
  (previous ? threads.at(previous).next : portal.waiting) = thread.index;
  if (at) threads.at(at).previous = thread.index;
}

void Core::dequeue(Portal& portal, Thread& thread) {
  unlink_waiter(portal.waiting, thread);
  if (portal.waiting) return;
  (portal.wanted_previous ? portals.at(portal.wanted_previous).wanted_next : wanted_) = portal.wanted_next;
  if (portal.wanted_next) portals.at(portal.wanted_next).wanted_previous = portal.wanted_previous;
  portal.wanted_next = portal.wanted_previous = 0;
}

u32 Core::wake_queue(Portal& portal) {
  u32 woken = 0;
  for (; portal.waiting; ++woken) end_wait(threads.at(portal.waiting), Error::none);
  return woken;
}

Result<> Core::grant(Activation& callee, Activation const& caller, bool trusted, u64 const* words, u32 buffers) {
  for (u32 i = 0; i < buffers; ++i) {
    Grant const g{words[2 * i], u32(words[2 * i + 1]), u32(words[2 * i + 1] >> 32)};
    if (g.writable > 1) return fail(Error::invalid);
    u64 const slot = (g.address - layout::slot_base(0)) / layout::entry_bytes;
    bool const whole = g.address >= layout::slot_base(0) && slot < layout::slot_count &&
                       g.address + g.bytes <= layout::slot_base(slot + 1);
    if (g.bytes && !whole && !trusted) return fail(Error::bad_address);
    bool const own = whole && slots[slot + 1].live && slots[slot + 1].domain == caller.domain;
    if (g.bytes && !trusted && !own && !granted(caller, g.address, g.bytes, g.writable)) return fail(Error::no_rights);
    callee.grants[i] = g;
  }
  return ok;
}

bool Core::granted(Activation const& activation, u64 address, u64 bytes, bool write) const {
  for (Grant const& g : activation.grants) {
    if (address >= g.address && bytes <= g.bytes && address - g.address <= g.bytes - bytes && (!write || g.writable)) return true;
  }
  return false;
}

void Core::release_portal(Portal& p) {
  if (--p.references) return;
  p.admits = false;
  p.open_root = 0;
  while (p.waiting) end_wait(threads.at(p.waiting), Error::peer_died);
  // Calls inside finish and give their activations back to it, on any CPU; collect finds them there.
  if (!p.created && !p.inside.load(std::memory_order_relaxed)) return free_portal(p);
  leave_behind(p);
  // Not for each: every CPU is interrupted for it.
  if (++left_lately_ == portals_collected) machine->release(Kind::portal, p.index);
}

}  // namespace hinge::nucleus
