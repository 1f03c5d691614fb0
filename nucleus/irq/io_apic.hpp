// The I/O APICs (Intel 82093AA data sheet): which input raises which vector, where.
#pragma once

#include "base/types.hpp"

namespace hinge::nucleus {

struct Route {
  u8 vector;
  u8 destination;      ///< APIC identity.
  bool active_low, level, nmi;
};

/// Maps all of them and masks every input. Returns the number of the highest input plus 1.
u32 io_apics_init();

/// False when no I/O APIC has that input.
bool io_apic_has(u32 gsi);
/// Both need io_apic_has and the caller's lock. io_apic_route leaves the input masked.
void io_apic_route(u32 gsi, Route const& route);
void io_apic_mask(u32 gsi, bool masked);

}  // namespace hinge::nucleus
