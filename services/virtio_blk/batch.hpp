// The chains of one request, in a page that the device reads them from and writes its verdicts to: for each run of blocks
// a header, the pieces of memory, a verdict. Built by one caller alone; nothing is read back but the verdicts.
#pragma once

#include "iface/block_device.hpp"
#include "services/virtio_blk/dma_page.hpp"
#include "services/virtio_blk/layout.hpp"

namespace hinge::virtio_blk {

class Batch {
 public:
  /// A run longer than a device's chain may be is cut: with chains of 64 KiB or more, so often at most.
  static constexpr u32 shortest_chain_bytes = 64 * 1024;
  static constexpr u32 most_chains = BlockDevice::max_extents + BlockDevice::max_transfer_bytes / shortest_chain_bytes;

  Result<> allocate(Handle device) { return page_.make(device); }

  void clear() { chains_ = descriptors_ = 0; }
  /// Begins a chain. too_big when there is no room.
  Result<> open(RequestType type, u64 sector);
  /// A piece of memory for it.
  Result<> add(u64 bus, u32 bytes, bool device_writes);
  /// Room in the own page for a device's identity.
  Result<> add_identity();
  /// Ends the chain.
  Result<> close();

  [[nodiscard]] u32 chains() const { return chains_; }
  [[nodiscard]] u64 table(u32 chain) const { return page_.bus + begin_[chain] * sizeof(Descriptor); }
  [[nodiscard]] u32 descriptors(u32 chain) const { return begin_[chain + 1] - begin_[chain]; }
  /// What the device said of a finished chain, of which it says it wrote that many bytes. io: it could not.
  /// corrupt: it could, and yet wrote less.
  [[nodiscard]] Result<> verdict(u32 chain, u32 bytes) const;
  /// Copies the identity that the device wrote.
  void identity(char (&to)[identity_bytes]) const;

 private:
  // Every page of the buffer once, and once more where a chain ends in it; header and verdict for each chain.
  static constexpr u32 most_descriptors = BlockDevice::max_transfer_bytes / page_bytes + 1 + 3 * most_chains;
  struct Page {
    Descriptor descriptors[most_descriptors];
    RequestHeader headers[most_chains];
    u8 verdicts[most_chains];
    char identity[identity_bytes];
  };
  static_assert(sizeof(Page) <= page_bytes);
  [[nodiscard]] Page& page() const { return *reinterpret_cast<Page*>(page_.memory); }
  Result<> link(u64 bus, u32 bytes, u16 flags);

  DmaPage page_;
  u32 chains_ = 0, descriptors_ = 0;
  u16 begin_[most_chains + 1] = {};     ///< First descriptor of each chain, and of the one after the last.
  u32 expected_[most_chains] = {};      ///< Bytes that the device has to write.
};

}  // namespace hinge::virtio_blk
