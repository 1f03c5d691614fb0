// Slots and domains: which slot is where, and what the death of a domain means for those inside.
#include "nucleus/core/core.hpp"

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

Result<> Core::place(Slot& slot, Placement side, u32 with_domain) {
  if (slot.domain != no_domain) {
    if (slot.domain != kernel_domain && --domains[slot.domain].slots == 0) domains[slot.domain].live = false;
    slot.domain = no_domain;
  }
  slot.side = side;
  if (side == Placement::kernel) slot.domain = kernel_domain;
  if (side == Placement::user) {
    u32 domain = with_domain;
    if (domain == no_domain) {
      for (domain = 1; domain <= layout::slot_count && domains[domain].live; ++domain) {}
      if (domain > layout::slot_count) return fail(Error::quota);
      domains[domain] = {};
      domains[domain].index = domain;
      domains[domain].live = true;
    } else if (domain == kernel_domain || domain > layout::slot_count || !domains[domain].live || domains[domain].dead) {
      return fail(Error::invalid);
    }
    ++domains[domain].slots;
    slot.domain = domain;
  }
  slot.state = side == Placement::none ? SlotState::empty : SlotState::running;
  return ok;
}

void Core::kill_domain(u32 domain) {
  domains[domain].dead = true;
  for (u32 i = 1; i <= layout::slot_count; ++i) {
    Slot& s = slots[i];
    if (!s.live || s.domain != domain) continue;
    s.state = SlotState::died;
    s.faults.fetch_add(1, std::memory_order_relaxed);
    reopen(i);
  }
  for (u32 i = 1; i <= activations.used(); ++i) {
    Activation& a = activations.at(i);
    if (!a.live || !a.thread || a.domain != domain) continue;
    a.dead = true;
    // Whoever sleeps in it leaves it now; whoever runs in it leaves when it would return there.
    Thread& t = threads.at(a.thread);
    if (t.activation == i) unpark(t, Error::peer_died);
  }
  for (u32 i = 1; i <= portals.used(); ++i) {
    Portal& p = portals.at(i);
    if (!p.live || slots[p.slot].domain != domain) continue;
    while (p.waiting) end_wait(threads.at(p.waiting), Error::peer_died);
  }
}

}  // namespace hinge::nucleus
