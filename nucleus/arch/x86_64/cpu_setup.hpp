// Bringing one CPU into its normal state; called by nucleus/boot in this order.
#pragma once

#include "nucleus/arch/x86_64/cpu.hpp"

namespace hinge::nucleus {

/// Fills in the structure: identity and descriptor tables.
Cpu& cpu_prepare(u32 id, u32 apic);
/// Its stacks are mapped: enters them into the TSS.
void cpu_give_stacks(Cpu& c);
/// On the CPU itself: segments, GS base, interrupt table. cpu() works from here on.
void cpu_load(Cpu& c);
/// On the CPU itself: control registers, floating point, and SYSCALL except for its target (MSR LSTAR).
void cpu_enable();
/// Boot CPU: counts one more into cpu_count().
void cpu_came_up();

}  // namespace hinge::nucleus
