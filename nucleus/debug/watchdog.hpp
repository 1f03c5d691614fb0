// The lock-up watchdog: once a second the HPET raises an NMI on the boot CPU, which counts it against every CPU; each
// timer tick clears its own CPU's count (arm_timer never lets a CPU go without a tick for longer than a second). A
// CPU that lets the limit pass spins with interrupts off: panic, with all CPUs' backtraces. Counting beats instead of
// nanoseconds keeps a suspended virtual machine from looking locked up.
#pragma once

#include "nucleus/arch/x86_64/trap.hpp"

namespace hinge::nucleus {

inline constexpr u32 lockup_beats = 20;

/// Boot CPU, after the clock. Without an HPET there is no watchdog, and the log says so.
void watchdog_start();

/// From trap(): the watchdog's beat, or a panicking CPU's order to stop.
void non_maskable_interrupt(TrapFrame& frame);

}  // namespace hinge::nucleus
