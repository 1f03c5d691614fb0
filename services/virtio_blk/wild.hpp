// Bad descriptors on purpose (Faults::Kind::wild_dma): from then on, until the service is started anew, requests name other
// memory for their data than they were given: the nucleus' image and what lies around it. What becomes of that is the
// IOMMU's business; without one it is written over.
#pragma once

#include <atomic>

#include "base/types.hpp"

namespace hinge::virtio_blk {

inline constinit std::atomic<bool> wild{false};

inline void mislead() { wild.store(true, std::memory_order_relaxed); }

/// The address that the device is told instead of `bus`.
inline u64 perhaps_wild(u64 bus) {
  if (!wild.load(std::memory_order_relaxed)) [[likely]] return bus;
  constexpr u64 mib = u64{1} << 20;  // Up to 8 of them: no mapping of a device begins there.
  return mib + bus % (8 * mib);
}

}  // namespace hinge::virtio_blk
