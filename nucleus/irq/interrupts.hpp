// Device interrupts. A line is a global system interrupt (an I/O APIC input) or a message (MSI) handed out here; both
// have numbers from one space. Trigger mode and polarity come from the firmware's table (MADT overrides), else they
// are ISA's below 16 and PCI's (level, low) from there on.
//
// A line is masked when attached and after each occurrence: the handler runs once, then nothing until unmask. An edge
// that comes while masked is kept and delivered on unmask.
#pragma once

#include "base/result.hpp"

namespace hinge::nucleus {

/// Runs with interrupts off on the CPU that took the interrupt.
using InterruptHandler = void (*)(void* context);

inline constexpr u32 max_lines = 160;

/// busy: somebody has it. invalid: no such line. Leaves the line masked.
Result<> attach(u32 line, InterruptHandler handler, void* context);
Result<> detach(u32 line);
Result<> unmask(u32 line);
Result<> mask(u32 line);

struct Msi {
  u64 address;  ///< What the device's message registers take.
  u32 data;
  u32 line;     ///< For attach and the others.
};
/// A fresh line for one message, for good; attach() takes it. The CPUs have turns. no_space when all vectors are taken.
Result<Msi> allocate_msi();

/// Boot: finds and masks all I/O APICs.
void interrupts_init();
/// From trap().
void device_interrupt(u8 vector);

}  // namespace hinge::nucleus
