// What the nucleus knows about the machine it was started on: copied out of the PVH start information (Xen's
// docs/misc/pvh.pandoc) before anything can overwrite it. Constant once nucleus_main runs.
#pragma once

#include <span>
#include <string_view>

#include "base/types.hpp"

namespace hinge::nucleus {

struct PhysRange {
  PhysAddr begin, end;
  [[nodiscard]] constexpr u64 bytes() const { return end - begin; }
};

enum class MemoryKind : u32 { ram = 1, reserved = 2, acpi = 3, acpi_nvs = 4, unusable = 5, persistent = 7 };

struct MemoryRange {
  PhysRange range;
  MemoryKind kind;
};

struct BootInfo {
  std::span<MemoryRange const> memory;  ///< As the firmware gave it.
  std::span<PhysRange const> free;      ///< RAM nobody uses: page-aligned, ascending, disjoint, all in the direct map.
  PhysRange image;                      ///< The nucleus, bss included.
  PhysRange initrd;                     ///< boot.img; empty when there is none.
  std::string_view command_line;
  PhysAddr rsdp;                        ///< Root of the ACPI tables; 0 when there is none.
  PhysAddr root;                        ///< The page table all CPUs run on: direct map, image, CPU stacks, devices.
  u64 ram_bytes;                        ///< All RAM the firmware reported.
};

BootInfo const& boot_info();

}  // namespace hinge::nucleus
