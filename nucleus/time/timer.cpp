// The one-shot timer of each CPU, on its local APIC. The hardware is armed for the deadline or for the next beat of
// the lock-up watchdog, whichever comes first; an interrupt before the deadline only arms it again.
#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/arch/x86_64/cpu.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/arch/x86_64/spinlock.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/hooks.hpp"
#include "nucleus/time/calibration.hpp"
#include "nucleus/time/clock.hpp"
#include "nucleus/time/tick_scale.hpp"

namespace hinge::nucleus {
namespace {

constexpr u64 beat_ns = 500'000'000;
constexpr u64 shortest_ns = 1'000;  ///< Below this the interrupt would come before the code that armed it is done.

constinit TickScale scale{};

void arm_hardware(Cpu& self, u64 now, u64 at) {
  self.timer_armed_ns = at;
  u64 const ns = at > now + shortest_ns ? at - now : shortest_ns;
  u64 const count = scale.ticks(ns) + 1;
  apic_timer_start(count < ~u32{0} ? u32(count) : ~u32{0});
}

u64 count_up() { return ~u32{0} - apic_timer_left(); }
u32 low_ticks() { return u32(read_tsc()); }

}  // namespace

void arm_timer(u64 deadline_ns) {
  InterruptsOff const off;
  Cpu& self = whole_cpu();
  self.timer_deadline_ns = deadline_ns;
  if (deadline_ns < self.timer_armed_ns) arm_hardware(self, now_ns(), deadline_ns);
}

void timer_interrupt(bool in_user) {
  Cpu& self = whole_cpu();
  u64 const now = now_ns();
  self.missed_beats = 0;
  bool const due = self.timer_deadline_ns <= now;
  if (due) self.timer_deadline_ns = no_deadline;
  arm_hardware(self, now, self.timer_deadline_ns < now + beat_ns ? self.timer_deadline_ns : now + beat_ns);
  if (due) on_timer(in_user);
}

void timer_init() {
  if (cpu().id == 0) {
    apic_timer_start(~u32{0});
    // The time-stamp counter is known by now, and so fine that a short look does.
    u64 const hz = measure_hz({"time-stamp counter", tick_hz(), ~u32{0}, low_ticks}, count_up, 500);
    scale = TickScale::from_hz(hz);
    log("clock: local APIC timer {} kHz", hz / 1000);
  }
  apic_timer_mask(false);
  u64 const now = now_ns();
  arm_hardware(whole_cpu(), now, now + beat_ns);
}

}  // namespace hinge::nucleus
