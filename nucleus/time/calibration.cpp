#include "nucleus/time/calibration.hpp"

#include "nucleus/arch/x86_64/acpi.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"

namespace hinge::nucleus {
namespace {

u32 read_pm_timer() { return in32(acpi_info().pm_timer_port); }

// Channel 2 runs free from 0xffff downwards, gate on, speaker off (Intel 8254 data sheet; its gate is port 0x61).
void start_pit() {
  out8(0x61, u8((in8(0x61) & ~2) | 1));
  out8(0x43, 0xb4);
  out8(0x42, 0xff);
  out8(0x42, 0xff);
}
u32 read_pit() {
  out8(0x43, 0x80);
  u32 const low = in8(0x42);
  return 0xffff - (low | u32{in8(0x42)} << 8);
}

// The ACPI timer is 24 or 32 bits wide; the lower 24 do for both.
constinit ReferenceClock const pm_timer{"ACPI timer", 3'579'545, 0xff'ffff, read_pm_timer};
constinit ReferenceClock const pit{"PIT", 1'193'182, 0xffff, read_pit};

struct Sample { u32 reference; u64 counter; };

/// Both counters at one time, just when the reference has changed: of eight such moments the one whose reading took
/// least, so that an interruption from outside does no harm.
Sample sample(ReferenceClock const& reference, u64 (*counter)()) {
  Sample best{};
  u64 shortest = ~u64{0};
  for (int changes = 0; changes < 8;) {
    u32 const last = reference.read();
    u64 before, after;
    u32 now;
    do {
      before = counter();
      now = reference.read();
      after = counter();
    } while (now == last);
    ++changes;
    if (after - before < shortest) shortest = after - before, best = {now, before + (after - before) / 2};
  }
  return best;
}

}  // namespace

ReferenceClock const& reference_clock() {
  if (acpi_info().pm_timer_port != 0) return pm_timer;
  start_pit();
  return pit;
}

u64 measure_hz(ReferenceClock const& reference, u64 (*counter)(), u64 interval_fraction) {
  Sample const begin = sample(reference, counter);
  auto elapsed = [&](u32 now) { return u64{(now - begin.reference) & reference.mask}; };
  while (elapsed(reference.read()) < reference.hz / interval_fraction) pause();
  Sample const end = sample(reference, counter);
  return (end.counter - begin.counter) * reference.hz / elapsed(end.reference);
}

}  // namespace hinge::nucleus
