// What drivers and the nucleus tell each other about memory that a device reaches by itself; operations in host/host.hpp.
// A device is a PCI function, named by bus << 8 | device << 3 | function.
#pragma once

#include "base/types.hpp"

namespace hinge::host {

/// A piece of mapped memory as the device sees it: what goes into its descriptors.
struct DmaSegment {
  u64 bus;
  u64 bytes;
};
static_assert(sizeof(DmaSegment) == 16);

/// One mapping: its number, for dma_unmap, and how many segments it has.
struct DmaMapping { u32 id, segments; };

inline constexpr u32 dma_pages = 64;        ///< That one mapping may touch.
inline constexpr u32 dma_mappings = 1024;   ///< That one device may have.

}  // namespace hinge::host
