// A page of the own slot that the device may read and write for as long as the driver runs.
#pragma once

#include "host/host.hpp"
#include "host/pages.hpp"

namespace hinge::virtio_blk {

struct DmaPage {
  u8* memory = nullptr;
  u64 bus = 0;      ///< Where the device sees it.

  /// Zeroed; for good. no_memory, and what dma_map answers.
  Result<> make(Handle device) {
    void* const page = host::allocate_page(host::Contents::zero);
    if (!page) return fail(Error::no_memory);
    host::DmaSegment segment;
    auto const mapped = host::dma_map(device, reinterpret_cast<u64>(page), page_bytes, true, &segment, 1);
    if (!mapped) {
      host::free_page(page);
      return fail(mapped.error());
    }
    memory = static_cast<u8*>(page);
    bus = segment.bus;
    return ok;
  }
};

}  // namespace hinge::virtio_blk
