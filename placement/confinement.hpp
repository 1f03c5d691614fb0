// Turns the machine's IOMMU on, if it has one. Where its registers are stands in an ACPI table; the nucleus, which reads no
// more of ACPI than it needs to boot, is told. What a device may reach is the nucleus' business alone.
#pragma once

#include <span>

#include "base/result.hpp"
#include "base/types.hpp"

namespace hinge::placement {

/// An IOMMU as firmware describes it.
struct RemappingUnit {
  u64 registers = 0;           ///< Physical address.
  bool all = false;            ///< Every PCI device is behind it; else those that are listed.
  u64 functions[4] = {};       ///< Of bus 0, a bit each. What lies behind bridges is not looked for.

  /// Whether a PCI function (bus << 8 | device << 3 | function) is known to be behind it.
  [[nodiscard]] bool covers(u64 function) const {
    return registers && (all || (function < 256 && functions[function / 64] >> function % 64 & 1));
  }
};

/// The one unit of a DMAR table (VT-d, chapter 8). corrupt; not_found; not_supported: there are several.
Result<RemappingUnit> remapping_unit(std::span<u8 const> dmar);

/// Reads the ACPI tables from their root pointer on, and confines the devices behind the unit that is found.
/// not_found: no IOMMU; and as above.
Result<RemappingUnit> confine_devices(u64 rsdp);

}  // namespace hinge::placement
