// Where a fault on purpose may strike (Faults::Arm). Unarmed a point costs one load and one branch.
#pragma once

#include <atomic>

#include "base/types.hpp"

namespace hinge::host {

/// Points until the fault strikes; 0: none is armed. A fresh image has none.
inline constinit std::atomic<u64> points_to_fault{0};

/// Counts down; breaks at the last.
void reach_fault();

inline void fault_point() {
  if (points_to_fault.load(std::memory_order_relaxed)) [[unlikely]] reach_fault();
}

}  // namespace hinge::host
