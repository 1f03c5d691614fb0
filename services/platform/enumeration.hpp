// Finds every PCI function, through all bridges that firmware has set up, and what each one needs.
#pragma once

#include <span>

#include "services/platform/configuration.hpp"

namespace hinge::platform {

/// Fills `found` in bus order; returns how many there are, at most found.size().
u32 enumerate(Configuration const& pci, std::span<Platform::Device> found);

/// Offset of the function's MSI-X capability; 0 when it has none.
u32 find_msix(Configuration const& pci, PciAddress function);

}  // namespace hinge::platform
