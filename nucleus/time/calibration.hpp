// Measuring an unknown counter against one whose frequency is a standard: the ACPI power management timer, else
// channel 2 of the PIT.
#pragma once

#include "base/types.hpp"

namespace hinge::nucleus {

struct ReferenceClock {
  char const* name;
  u64 hz;
  u32 mask;        ///< It counts up modulo mask + 1.
  u32 (*read)();
};

ReferenceClock const& reference_clock();

/// The frequency of `counter` (counting up), over that part of a second.
u64 measure_hz(ReferenceClock const& reference, u64 (*counter)(), u64 interval_fraction);

}  // namespace hinge::nucleus
