// Time stamps of files.
#pragma once

#include "services/linux/time/time_page.hpp"

namespace hinge::linux_service {

/// Nanoseconds since 1970, UTC, of the last tick: what is changed often has its time written once a tick (as on Linux, where a
/// tick is 4 ms with CONFIG_HZ=250).
inline i64 wall_ns() {
  constexpr u64 tick_ns = 4'000'000;
  u64 const now = wall_ns(hinge_time_page);
  return i64(now - now % tick_ns);
}

}  // namespace hinge::linux_service
