// The invariants of capabilities, tables, slots and domains, and the order in which all of them are looked at. Written
// for small Cores in tests: a loop inside a loop costs nothing there, and no marks are kept anywhere.
#include "nucleus/core/core.hpp"

namespace hinge::nucleus {

namespace {

bool subset(Right inner, Right outer) { return (inner & outer) == inner; }

/// What mint may make of a capability: the same thing, or one interrupt or device of all.
bool derives(Capability const& child, Capability const& parent) {
  if (parent.kind == Kind::interrupts && child.kind == Kind::interrupt) return true;
  if (parent.kind == Kind::dma && child.kind == Kind::device) return true;
  return child.kind == parent.kind && child.object == parent.object && child.generation == parent.generation;
}

}  // namespace

char const* Core::check() const {
  if (!portals.consistent()) return "pool of portals";
  if (!activations.consistent()) return "pool of activations";
  if (!events.consistent()) return "pool of events";
  if (!threads.consistent()) return "pool of threads";
  for (u32 i = 1; i <= layout::slot_count; ++i) {
    if (auto bad = check_slot(slots[i])) return bad;
    if (auto bad = slots[i].live ? check_table(i) : nullptr) return bad;
  }
  auto const each = [this](auto const& pool, auto check_one) -> char const* {
    for (u32 i = 1; i <= pool.used(); ++i) {
      if (!pool.at(i).live) continue;
      if (auto bad = (this->*check_one)(pool.at(i))) return bad;
    }
    return nullptr;
  };
  if (auto bad = each(threads, &Core::check_thread)) return bad;
  if (auto bad = each(activations, &Core::check_activation)) return bad;
  if (auto bad = each(portals, &Core::check_portal)) return bad;
  if (auto bad = each(events, &Core::check_event)) return bad;
  return check_queues();
}

/// Live capabilities to a pooled object.
u32 Core::names_of(Kind kind, u64 object) const {
  u32 names = 0;
  for (u32 table = 1; table <= layout::slot_count; ++table) {
    CapabilityTable const& t = slots[table].table;
    for (u32 i = 1; i <= t.used; ++i) names += t.entries[i].kind == kind && t.entries[i].object == object;
  }
  return names;
}

char const* Core::check_table(u32 table) const {
  CapabilityTable const& t = slots[table].table;
  if (t.used && t.used >= t.capacity) return "table: used beyond its capacity";
  u32 live = 0, listed = 0;
  for (u32 i = 1; i <= t.used; ++i) {
    if (t.entries[i].kind == Kind::none) continue;
    ++live;
    if (auto bad = check_entry(make_handle(table, i))) return bad;
  }
  if (live != t.live) return "table: count of live entries";
  for (u32 i = t.free_head; i; i = t.entries[i].next_free) {
    if (i > t.used || t.entries[i].kind != Kind::none || ++listed > t.used - live) return "table: free list";
  }
  return listed == t.used - live ? nullptr : "table: a free entry is not in the free list";
}

char const* Core::check_entry(Handle h) const {
  auto const named = [this](Handle other) -> Capability const* {
    u32 const table = table_of(other), index = index_of(other);
    if (table > layout::slot_count || !slots[table].live || !index || index > slots[table].table.used) return nullptr;
    Capability const& c = slots[table].table.entries[index];
    return c.kind == Kind::none ? nullptr : &c;
  };
  Capability const& c = *named(h);
  if (c.first_child != no_handle) {
    Capability const* const child = named(c.first_child);
    if (!child || child->parent != h || child->previous_sibling != no_handle) return "tree: first child does not link back";
  }
  if (c.next_sibling != no_handle) {
    Capability const* const next = named(c.next_sibling);
    if (!next || next->previous_sibling != h || next->parent != c.parent) return "tree: next sibling does not link back";
  }
  if (c.parent == no_handle) {
    if (c.next_sibling != no_handle || c.previous_sibling != no_handle) return "tree: a root has siblings";
  } else {
    Capability const* const parent = named(c.parent);
    if (!parent) return "tree: parent is dead";
    if (!derives(c, *parent)) return "tree: derived from something else";
    if (!subset(c.rights, parent->rights)) return "rights: more than the parent's";
    if (c.kind == Kind::portal && parent->badge && c.badge != parent->badge) return "badge: not the parent's";
    // Back to the first sibling, which the parent must know; and up to a root: neither may go round in circles.
    Handle first = h;
    u32 steps = 0, all = 0;
    for (u32 i = 1; i <= layout::slot_count; ++i) all += slots[i].table.live;
    for (Capability const* s = &c; s && s->previous_sibling != no_handle; s = named(first)) {
      first = s->previous_sibling;
      if (++steps > all) return "tree: siblings in a circle";
    }
    if (parent->first_child != first) return "tree: not among its parent's children";
    steps = 0;
    for (Capability const* p = parent; p && p->parent != no_handle; p = named(p->parent)) {
      if (++steps > all) return "tree: ancestors in a circle";
    }
  }
  auto const alive = [&c](auto const& pool) {
    return c.object && c.object <= pool.used() && pool.at(u32(c.object)).live && pool.at(u32(c.object)).generation == c.generation;
  };
  switch (c.kind) {
    case Kind::portal: return alive(portals) ? nullptr : "capability to a dead portal";
    case Kind::event: return alive(events) ? nullptr : "capability to a dead event";
    case Kind::thread: return alive(threads) ? nullptr : "capability to a dead thread";
    default: return nullptr;
  }
}

char const* Core::check_slot(Slot const& s) const {
  u32 const index = u32(&s - slots);
  Domain const& d = domains[index];  // the domain of the same number: there are as many
  if (d.live) {
    u32 members = 0;
    for (u32 i = 1; i <= layout::slot_count; ++i) members += slots[i].live && slots[i].domain == index;
    if (!members || d.slots != members) return "domain: count of its slots";
  }
  if (!s.live) return nullptr;
  if (s.index != index) return "slot: index";
  u32 steps = 0;
  for (u32 i = s.spare; i; i = activations.at(i).next) {
    Activation const& a = activations.at(i);
    if (!a.live || a.portal || a.thread || a.slot != index || ++steps > activations.live()) return "slot: its spare activations";
  }
  switch (s.side) {
    case Placement::none: return s.domain == no_domain && s.state == SlotState::empty ? nullptr : "slot: nowhere, but not empty";
    case Placement::kernel: return s.domain == kernel_domain ? nullptr : "slot: kernel side, but in another domain";
    case Placement::user: break;
  }
  if (!s.domain || s.domain > layout::slot_count || !domains[s.domain].live) return "slot: its domain is not alive";
  bool const dead = domains[s.domain].dead;
  return dead == (s.state != SlotState::running) ? nullptr : "slot: its state is not its domain's";
}

}  // namespace hinge::nucleus
