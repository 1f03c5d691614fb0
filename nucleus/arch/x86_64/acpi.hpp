// As much ACPI as finds CPUs, interrupt controllers and timers (ACPI specification 6.4, chapter 5). Everything else
// about ACPI is a service's, turning the machine off included.
#pragma once

#include <array>
#include <span>

#include "base/types.hpp"

namespace hinge::nucleus {

/// A MADT interrupt source override: where an ISA interrupt really arrives, and how.
struct IsaOverride {
  u8 source;
  u32 gsi;
  bool active_low, level;
};
struct IoApicEntry {
  PhysAddr registers;
  u32 first_gsi;
};

struct AcpiInfo {
  PhysAddr local_apic{0xfee0'0000};
  std::span<u32 const> cpus;             ///< APIC identities of the usable ones.
  std::span<IoApicEntry const> io_apics;
  std::span<IsaOverride const> overrides;
  u16 pm_timer_port = 0;                 ///< 0: none.
  PhysAddr hpet{};                       ///< 0: none.
};

AcpiInfo const& acpi_info();

/// Boot CPU. Panics without tables: there is no other way to find the CPUs.
void acpi_init(PhysAddr rsdp);

}  // namespace hinge::nucleus
