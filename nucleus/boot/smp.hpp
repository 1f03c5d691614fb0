// Bringing up the other CPUs.
#pragma once

namespace hinge::nucleus {

/// Boot CPU: starts all CPUs the firmware reports, one after the other; each initialises itself and waits.
void smp_start();
/// The other CPUs go on into nucleus_main_ap().
void release_cpus();

}  // namespace hinge::nucleus
