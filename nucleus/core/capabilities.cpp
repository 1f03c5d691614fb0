// Capability transitions: insert, mint, remove, revoke. A handle's table is the authority check's business (call/);
// here a handle is only looked up. Deleting an entry gives its children to its parent, so that revoking an ancestor
// still reaches them.
#include "nucleus/core/core.hpp"

namespace hinge::nucleus {

namespace {

bool is_stale(Core& core, Capability const& c) {
  switch (c.kind) {
    case Kind::portal: return !core.portals.find({u32(c.object), c.generation});
    case Kind::event: return !core.events.find({u32(c.object), c.generation});
    case Kind::thread: return !core.threads.find({u32(c.object), c.generation});
    default: return false;
  }
}

}  // namespace

Result<Capability*> Core::find(Handle h) {
  u32 const table = table_of(h), index = index_of(h);
  if (table > layout::slot_count || !slots[table].live) return fail(Error::bad_handle);
  CapabilityTable const& t = slots[table].table;
  if (!index || index > t.used || t.entries[index].kind == Kind::none) return fail(Error::bad_handle);
  return &t.entries[index];
}

Result<Capability*> Core::look_up(Handle h, Kind kind, Right needed) {
  Capability* const c = TRY(find(h));
  if (c->kind != kind || is_stale(*this, *c)) return fail(Error::bad_handle);
  if ((c->rights & needed) != needed) return fail(Error::no_rights);
  return c;
}

Result<u64> Core::peek(Handle h, Kind kind, Right needed) {
  Capability* const c = TRY(find(h));
  if (std::atomic_ref{c->kind}.load(std::memory_order_acquire) != kind) return fail(Error::bad_handle);
  u64 const object = std::atomic_ref{c->object}.load(std::memory_order_relaxed);
  if (!object) return fail(Error::bad_handle);  // It is being removed.
  if ((c->rights & needed) != needed) return fail(Error::no_rights);
  return object;
}

Result<Handle> Core::insert(u32 table, Kind kind, u64 object, u32 generation, Right rights, u64 badge, Handle parent) {
  CapabilityTable& t = slots[table].table;
  u32 index = t.free_head;
  if (index) {
    t.free_head = t.entries[index].next_free;
  } else {
    if (t.used + 1 >= t.capacity) return fail(Error::quota);
    if (!machine->populate(&t.entries[t.used + 1], sizeof(Capability))) return fail(Error::no_memory);
    index = ++t.used;
  }
  Capability& c = t.entries[index];
  c = {};
  c.object = object;
  c.generation = generation;
  c.rights = rights;
  c.badge = badge;
  Handle const h = make_handle(table, index);
  if (parent != no_handle) {
    Capability& p = entry(parent);
    c.parent = parent;
    c.next_sibling = p.first_child;
    if (p.first_child != no_handle) entry(p.first_child).previous_sibling = h;
    p.first_child = h;
  }
  ++t.live;
  switch (kind) {
    case Kind::portal:
      ++portals.at(u32(object)).references;
      if ((rights & Right::call) == Right::call && portals.at(u32(object)).kind == PortalKind::message)
        c.callable = &portals.at(u32(object));
      break;
    case Kind::event: ++events.at(u32(object)).references; break;
    case Kind::thread: ++threads.at(u32(object)).references; break;
    case Kind::space:
    case Kind::object: machine->retain(kind, object); break;
    default: break;
  }
  std::atomic_ref{c.kind}.store(kind, std::memory_order_release);  // pairs with peek
  return h;
}

namespace {

/// Roots narrow when minted: the badge says to what. Elsewhere a badge is set once, on a portal that has none.
Result<u64> narrow(Capability const& from, Kind& kind, u64& object, u64 badge) {
  auto const inside = [](u64 outer_first, u64 outer_end, u64 first, u64 end) {
    return first < end && first >= outer_first && end <= outer_end;
  };
  switch (from.kind) {
    case Kind::portal:
      if (badge && from.badge) return fail(Error::no_rights);
      return badge ? badge : from.badge;
    case Kind::interrupts:
      kind = Kind::interrupt;
      object = badge;
      return badge;
    case Kind::dma:
      if (badge > 0xffff) return fail(Error::invalid);
      kind = Kind::device;
      object = badge;
      return badge;
    case Kind::ports: {
      u64 const b = badge ? badge : from.badge;
      if (!inside(from.badge & 0xffff, (from.badge >> 16) + 1, b & 0xffff, (b >> 16) + 1)) return fail(Error::invalid);
      return b;
    }
    case Kind::physical: {
      u64 const b = badge ? badge : from.badge;
      u64 const first = u32(from.badge), pages = from.badge >> 32;
      if (!inside(first, first + pages, u32(b), u32(b) + (b >> 32))) return fail(Error::invalid);
      return b;
    }
    default:
      return badge == 0 || badge == from.badge ? Result<u64>{from.badge} : fail(Error::invalid);
  }
}

}  // namespace

Result<Handle> Core::mint(Handle from, u32 into_table, Right rights, u64 badge) {
  Capability const source = *TRY(find(from));
  if ((source.rights & rights) != rights) return fail(Error::no_rights);
  Kind kind = source.kind;
  u64 object = source.object;
  u64 const kept = TRY(narrow(source, kind, object, badge));
  return insert(into_table, kind, object, source.generation, rights, kept, from);
}

/// Takes the entry out of the tree; its children become its parent's.
void Core::unlink(Handle h) {
  Capability& c = entry(h);
  Handle const first = c.first_child;
  Handle last = no_handle;
  for (Handle k = first; k != no_handle; k = entry(k).next_sibling) {
    entry(k).parent = c.parent;
    last = k;
  }
  if (c.parent == no_handle) {
    for (Handle k = first; k != no_handle;) {
      Capability& child = entry(k);
      k = child.next_sibling;
      child.next_sibling = child.previous_sibling = no_handle;
    }
  }
  // Splice the children, if they have somewhere to go, in the entry's place among its siblings.
  bool const splice = c.parent != no_handle && first != no_handle;
  Handle const after = splice ? first : c.next_sibling;
  if (splice) {
    entry(last).next_sibling = c.next_sibling;
    if (c.next_sibling != no_handle) entry(c.next_sibling).previous_sibling = last;
    entry(first).previous_sibling = c.previous_sibling;
  } else if (c.next_sibling != no_handle) {
    entry(c.next_sibling).previous_sibling = c.previous_sibling;
  }
  if (c.previous_sibling != no_handle) {
    entry(c.previous_sibling).next_sibling = after;
  } else if (c.parent != no_handle) {
    entry(c.parent).first_child = after;
  }
}

/// Gives up what the entry refers to.
void Core::drop(Capability& c) {
  switch (c.kind) {
    case Kind::portal:
      if (Portal* p = portals.find({u32(c.object), c.generation})) release_portal(*p);
      break;
    case Kind::event:
      if (Event* e = events.find({u32(c.object), c.generation})) release_event(*e);
      break;
    case Kind::thread:
      if (Thread* t = threads.find({u32(c.object), c.generation})) release(*t);
      break;
    case Kind::space:
    case Kind::object: machine->release(c.kind, c.object); break;
    default: break;
  }
}

Result<> Core::remove(Handle h) {
  Capability& c = *TRY(find(h));
  CapabilityTable& t = slots[table_of(h)].table;
  unlink(h);
  Capability gone = c;
  c = {};
  c.next_free = t.free_head;
  t.free_head = index_of(h);
  --t.live;
  drop(gone);
  return ok;
}

Result<bool> Core::revoke(Handle h, u32 steps) {
  TRY(find(h));
  for (; steps; --steps) {
    Handle leaf = entry(h).first_child;
    if (leaf == no_handle) return true;
    while (entry(leaf).first_child != no_handle) leaf = entry(leaf).first_child;
    TRY(remove(leaf));
  }
  return entry(h).first_child == no_handle;
}

bool Core::clear_table(u32 table, u32 steps) {
  CapabilityTable& t = slots[table].table;
  for (; t.live && steps; --steps) {
    // What was inserted behind the cursor meanwhile is met in the next round.
    if (t.cleared >= t.used) t.cleared = 0;
    if (t.entries[++t.cleared].kind != Kind::none) (void)remove(make_handle(table, t.cleared));
  }
  // Empty, it begins afresh: the same capabilities given again get the same handles.
  if (t.live == 0) t.cleared = t.used = t.free_head = 0;
  return t.live == 0;
}

}  // namespace hinge::nucleus
