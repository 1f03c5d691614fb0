// A split virtqueue (virtio 1.2, 2.7) whose entries are all indirect: one entry for each chain, named by a token of the
// driver's. The device writes nothing but the used ring, and of that nothing is believed: not more entries than were
// given, each one given and not yet back. The caller serializes.
#pragma once

#include "services/virtio_blk/dma_page.hpp"
#include "services/virtio_blk/layout.hpp"

namespace hinge::virtio_blk {

class Queue {
 public:
  static constexpr u32 most_entries = 256;
  using Token = u16;
  static constexpr Token no_token = 0xffff;

  /// Takes its pages. Once.
  Result<> allocate(Handle device);
  /// Forgets everything in flight. The device is in reset. `entries`: a power of two, at most most_entries.
  void clear(u32 entries);

  [[nodiscard]] u64 descriptors() const { return descriptors_.bus; }
  [[nodiscard]] u64 driver_ring() const { return available_.bus; }
  [[nodiscard]] u64 device_ring() const { return used_.bus; }
  [[nodiscard]] u32 free_entries() const { return free_count_; }

  /// Queues a chain: `descriptors` of them in a table at that bus address. There is a free entry. The device learns of it
  /// by publish().
  void put(u64 table, u32 descriptors, Token token);
  void publish();

  struct Finished { Token token; u32 bytes; };
  /// The next chain that the device is done with; token is no_token when there is none. corrupt: the device broke the rules.
  Result<Finished> take();

 private:
  [[nodiscard]] RingHead& available_head() const { return *reinterpret_cast<RingHead*>(available_.memory); }
  [[nodiscard]] RingHead& used_head() const { return *reinterpret_cast<RingHead*>(used_.memory); }

  DmaPage descriptors_, available_, used_;
  u32 entries_ = 0;
  u16 next_ = 0;                   ///< Of the available ring: counts on for ever, as the rings do.
  u16 taken_ = 0;                  ///< Of the used ring.
  u32 free_count_ = 0;
  u16 free_[most_entries] = {};    ///< A stack of entries that are not in flight.
  Token tokens_[most_entries] = {};  ///< Of those in flight; else no_token.
};
static_assert(Queue::most_entries * sizeof(Descriptor) <= page_bytes);
static_assert(sizeof(RingHead) + Queue::most_entries * sizeof(UsedEntry) <= page_bytes);

}  // namespace hinge::virtio_blk
