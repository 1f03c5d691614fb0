// How a panic on one CPU stops the others: each takes an NMI, reports where it was, and halts.
#pragma once

#include "nucleus/arch/x86_64/trap.hpp"

namespace hinge::nucleus {

/// Another CPU is in a panic: whoever takes an NMI calls stop_for_panic.
bool panic_stops_us();
[[noreturn]] void stop_for_panic(TrapFrame const& frame);

}  // namespace hinge::nucleus
