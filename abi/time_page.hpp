// The page that tells time without a call: the personality writes it, the vDSO (user/vdso) reads it in every process.
// Only one word ever changes, in one store, so readers need no sequence count: each sees the time before the wall clock was
// set or after.
#pragma once

#include "base/types.hpp"

namespace hinge {

struct TimePage {
  u64 first_tick;         ///< Of the time-stamp counter: when the system's nanoseconds began.
  u64 ns_per_tick;        ///< Fixed point, 32 bits after the point.
  u64 wall_offset_ns;     ///< What a monotonic time is short of the time since 1970.
};

/// Nanoseconds since boot, exactly as the nucleus computes them: host::SystemInfo says the two words.
inline u64 monotonic_ns(TimePage const& page) {
  u32 low, high;
  asm volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high)::"memory");  // Not before the loads that precede it.
  u64 const ticks = (u64{high} << 32 | low) - page.first_tick;
  return u64(static_cast<unsigned __int128>(ticks) * page.ns_per_tick >> 32);
}
/// Nanoseconds since 1970, UTC.
inline u64 wall_ns(TimePage const& page) {
  return monotonic_ns(page) + __atomic_load_n(&page.wall_offset_ns, __ATOMIC_RELAXED);
}

}  // namespace hinge
