// The time-stamp counter, for who measures. Counted runs of the emulator make a tick of each instruction.
#pragma once

#include "base/types.hpp"

namespace hinge {

inline u64 ticks() {
  u32 low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return u64{high} << 32 | low;
}

}  // namespace hinge
