// A Core with a few elements in each pool, on a machine that only takes notes. For unit tests, the explorer and the
// fuzzer; one at a time, because the machine's functions have no context.
#pragma once

#include <cstring>

#include "nucleus/core/core.hpp"

namespace hinge::nucleus {

/// What the core has asked of the machine since the last reset.
struct FakeMachine {
  i64 references = 0;             ///< Of mm objects: retained less released.
  u32 poked = 0;                  ///< CPUs, as bits.
  u32 freed = 0;                  ///< Threads.
  struct { u32 above, orphan; } cuts[8];  ///< Of the last operation, in order.
  u32 cut_count = 0;
  u32 activations_freed = 0;
  u64 armed_ns = no_deadline;     ///< The earliest deadline.
  bool has_memory = true;         ///< What populate answers.
};
inline FakeMachine fake_machine;

inline constexpr Machine fake_machine_functions = {
    [](Kind, u64) { ++fake_machine.references; },
    [](Kind kind, u64) { fake_machine.references -= kind != Kind::portal; },
    [](u32 cpu) { fake_machine.poked |= 1u << cpu; },
    [](Thread&) { ++fake_machine.freed; },
    [](Activation&) { ++fake_machine.activations_freed; },
    [](Thread& above, Thread& orphan, Activation&) { fake_machine.cuts[fake_machine.cut_count++ % 8] = {above.index, orphan.index}; },
    [](u64 deadline_ns) { fake_machine.armed_ns = deadline_ns < fake_machine.armed_ns ? deadline_ns : fake_machine.armed_ns; },
    [](void*, u64) { return fake_machine.has_memory; },
    [](Portal&) {},
};

struct Sizes {
  u32 portals = 4, activations = 16, events = 4, threads = 8, table_entries = 8;
};

/// Too big for a stack.
class SmallCore {
 public:
  static constexpr u32 room = 64, tables = 4, table_room = 32;

  explicit SmallCore(u32 cpus = 1, Sizes sizes = {}) : sizes_{sizes} {
    fake_machine = {};
    core.machine = &fake_machine_functions;
    core.cpus = cpus;
    auto const populate = fake_machine_functions.populate;
    core.portals.initialise(portals_, sizes.portals + 1, populate);
    core.activations.initialise(activations_, sizes.activations + 1, populate);
    core.events.initialise(events_, sizes.events + 1, populate);
    core.threads.initialise(threads_, sizes.threads + 1, populate);
    core.domains[kernel_domain].live = true;
    for (u32 i = 0; i < cpus; ++i) core.processors[i].idle = true;
  }
  SmallCore(SmallCore const&) = delete;
  SmallCore& operator=(SmallCore const&) = delete;

  /// A slot with a capability table, placed.
  Slot& add_slot(char const* name, Placement side = Placement::user, u32 with_domain = no_domain) {
    Slot& slot = **core.create_slot(name);
    slot.table.entries = entries_[slot.index];
    slot.table.capacity = sizes_.table_entries + 1;
    if (side != Placement::none) (void)core.place(slot, side, with_domain);
    return slot;
  }

  /// As the nucleus does it, in the smallest steps.
  void kill(u32 domain) {
    core.kill_domain(domain, {.why = Death::fault});
    for (u32 cursor = 0; !core.bury(domain, cursor, 1, 0);) {}
  }

  Core core;

 private:
  Sizes sizes_;
  Portal portals_[room];
  Activation activations_[room];
  Event events_[room];
  Thread threads_[room];
  Capability entries_[tables][table_room];
};

}  // namespace hinge::nucleus
