// Where a fault on purpose may strike (Faults::Arm): host operations on the user side, undo records, and locks that are
// taken or given back. Unarmed a point costs one load and one branch; one of a free lock costs nothing: Mutex compares with
// the words here where it could with constants, and only armed do they lead it to where its point is.
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

/// Of a Mutex' word: nobody holds it; somebody may sleep on it.
inline constexpr u32 lock_free = 0, lock_awaited = 1u << 31;

struct LockWatch {
  std::atomic<u32> taken_from{lock_free};      ///< What the short way takes a lock from. Armed: what no lock ever holds.
  std::atomic<u32> stopped_at{lock_awaited};   ///< The bits that send giving back the long way. Armed: all.

  void arm(bool yes) {
    taken_from.store(yes ? lock_awaited : lock_free, std::memory_order_relaxed);
    stopped_at.store(yes ? ~u32{0} : lock_awaited, std::memory_order_relaxed);
  }
};
inline constinit LockWatch lock_watch;

}  // namespace hinge::host
