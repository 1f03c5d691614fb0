#include "nucleus/time/clock.hpp"

#include <atomic>

#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/time/calibration.hpp"
#include "nucleus/time/rtc.hpp"
#include "nucleus/time/tick_scale.hpp"

namespace hinge::nucleus {
namespace {

alignas(64) constinit TickScale scale{};  // Beside nothing that is written.
constinit u64 first_tick = 0, frequency = 0;
constinit std::atomic<u64> wall_offset_ns{0};  ///< wall_ns - now_ns; a value of its own, ordered with nothing.

}  // namespace

u64 now_ns() { return scale.ns(read_tsc() - first_tick); }
u64 wall_ns() { return now_ns() + wall_offset_ns.load(std::memory_order_relaxed); }
void set_wall_ns(u64 ns) { wall_offset_ns.store(ns - now_ns(), std::memory_order_relaxed); }
u64 tick_hz() { return frequency; }
TickOrigin tick_origin() { return {first_tick, scale.factor()}; }

void spin_ns(u64 ns) {
  for (u64 const end = read_tsc() + scale.ticks(ns); read_tsc() < end;) pause();
}

void clock_init() {
  first_tick = read_tsc();
  ReferenceClock const& reference = reference_clock();
  frequency = measure_hz(reference, read_tsc, 50);
  scale = TickScale::from_hz(frequency);
  set_wall_ns(rtc_seconds() * 1'000'000'000);
  log("clock: time-stamp counter {} kHz by {}", frequency / 1000, reference.name);
}

}  // namespace hinge::nucleus
