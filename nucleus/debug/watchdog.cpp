#include "nucleus/debug/watchdog.hpp"

#include <atomic>

#include "nucleus/arch/x86_64/acpi.hpp"
#include "nucleus/arch/x86_64/cpu.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/arch/x86_64/paging.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/debug/panic.hpp"
#include "nucleus/debug/stop.hpp"
#include "nucleus/irq/io_apic.hpp"

namespace hinge::nucleus {
namespace {

// Registers as 64-bit words, and their bits (IA-PC HPET specification 1.0a, 2.3).
constexpr u32 capabilities = 0, configuration = 2, main_counter = 30, timer0_configuration = 32, timer0_comparator = 33;
constexpr u64 enabled = 1, legacy_routes = 2, has_legacy_routes = 1 << 15;
constexpr u64 interrupt_enabled = 1 << 2, periodic = 1 << 3, can_be_periodic = 1 << 4, set_accumulator = 1 << 6;
constexpr u64 femtoseconds = 1'000'000'000'000'000;
constexpr u32 legacy_gsi = 2;  ///< Where timer 0 arrives with legacy routes.

constinit std::atomic<bool> beating{false};

/// Channel 0 of the PIT shares the input: programmed to mode 0 without a count it stays silent.
void silence_pit() { out8(0x43, 0x30); }

}  // namespace

void watchdog_start() {
  auto* const hpet = acpi_info().hpet.raw() == 0 ? nullptr : static_cast<u64 volatile*>(map_device(acpi_info().hpet, page_bytes));
  bool const usable = hpet != nullptr && (hpet[capabilities] & has_legacy_routes) != 0 &&
                      (hpet[timer0_configuration] & can_be_periodic) != 0 && io_apic_has(legacy_gsi);
  if (!usable) return log("watchdog: no HPET, so none");
  u64 const second = femtoseconds / (hpet[capabilities] >> 32);
  silence_pit();
  hpet[configuration] = 0;
  hpet[main_counter] = 0;
  hpet[timer0_configuration] = interrupt_enabled | periodic | set_accumulator;
  hpet[timer0_comparator] = second;  // First the comparator, then the period: 2.3.9.2.2.
  hpet[timer0_comparator] = second;
  io_apic_route(legacy_gsi, {.vector = 0, .destination = u8(cpu().apic_id), .active_low = false, .level = false, .nmi = true});
  beating.store(true, std::memory_order_relaxed);
  io_apic_mask(legacy_gsi, false);
  hpet[configuration] = enabled | legacy_routes;
}

void non_maskable_interrupt(TrapFrame& frame) {
  if (panic_stops_us()) stop_for_panic(frame);
  if (!beating.load(std::memory_order_relaxed) || cpu().id != 0) return;
  for (u32 i = 0; i < cpu_count(); ++i) {
    if (++cpu_by_id(i).missed_beats != lockup_beats) continue;
    char text[64];
    panic_at(frame, format_to(text, "CPU {} is locked up: no timer tick for {} s", i, lockup_beats));
  }
}

}  // namespace hinge::nucleus
