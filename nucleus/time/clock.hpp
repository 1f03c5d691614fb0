// Time from the time-stamp counter: calibrated once at boot, taken to be in step on all CPUs. Reading it is a
// multiplication and a shift.
#pragma once

#include "base/types.hpp"

namespace hinge::nucleus {

/// Nanoseconds since boot; never goes back on one CPU. 0 before clock_init.
u64 now_ns();
/// Nanoseconds since 1970, UTC.
u64 wall_ns();
void set_wall_ns(u64 ns);
/// Frequency of the time-stamp counter.
u64 tick_hz();
/// What now_ns() is made of: (counter - first_tick) * ns_per_tick >> 32.
struct TickOrigin { u64 first_tick, ns_per_tick; };
TickOrigin tick_origin();

/// on_timer() runs on this CPU once now_ns() >= deadline_ns. Replaces the deadline before; no_deadline disarms.
void arm_timer(u64 deadline_ns);
/// Busy waiting, for hardware that wants it.
void spin_ns(u64 ns);

/// Boot: calibrates against the ACPI power management timer, or the PIT without one; reads the wall clock.
void clock_init();
/// Boot, on each CPU: calibrates (the first time) and starts its timer.
void timer_init();
/// From trap().
void timer_interrupt(bool in_user);

}  // namespace hinge::nucleus
