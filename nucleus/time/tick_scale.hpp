// Conversion between a counter's ticks and nanoseconds by multiplication and shift. Exact to half a part in a billion
// for frequencies up to 8 GHz; the products are 128 bits wide, so no interval overflows in practice (580 years).
#pragma once

#include "base/types.hpp"

namespace hinge::nucleus {

class TickScale {
 public:
  constexpr TickScale() = default;
  /// `hz` from 1 kHz to 8 GHz.
  static constexpr TickScale from_hz(u64 hz) {
    TickScale s;
    s.ns_per_tick_ = (one_second << shift) / hz;
    s.ticks_per_ns_ = (hz / one_second << shift) + (hz % one_second << shift) / one_second;
    return s;
  }
  [[nodiscard]] constexpr u64 ns(u64 ticks) const { return scale(ticks, ns_per_tick_); }
  [[nodiscard]] constexpr u64 factor() const { return ns_per_tick_; }  ///< 32 bits after the point.
  [[nodiscard]] constexpr u64 ticks(u64 ns) const { return scale(ns, ticks_per_ns_); }

 private:
  static constexpr u64 one_second = 1'000'000'000;
  static constexpr u32 shift = 32;
  static constexpr u64 scale(u64 value, u64 factor) { return u64(static_cast<unsigned __int128>(value) * factor >> shift); }

  u64 ns_per_tick_ = 0, ticks_per_ns_ = 0;  ///< Fixed point, 32 bits after the point.
};

}  // namespace hinge::nucleus
