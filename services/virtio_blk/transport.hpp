// A modern virtio device behind PCI (virtio 1.2, 4.1): where its structures lie, its status, features and queue 0. What
// the device answers is checked before it is used.
#pragma once

#include "iface/platform.hpp"
#include "services/virtio_blk/layout.hpp"

namespace hinge::virtio_blk {

class Transport {
 public:
  /// Finds the structures through the device's capabilities. not_supported: one is missing, or not in a window.
  Result<> find(image::GrantedDevice const& device, Port<Platform> const& platform);

  /// Whether find() has found them.
  [[nodiscard]] bool found() const { return common_.bytes != 0; }
  /// Stops the device: afterwards it reaches no memory. timed_out when it does not confirm in a second.
  Result<> reset();
  /// From reset to "features ok": takes those of `wanted` that are offered. not_supported: one of `required` is not, or
  /// the device does not agree.
  Result<u64> negotiate(u64 wanted, u64 required);

  /// How many entries queue 0 may have; 0 when there is none.
  [[nodiscard]] u32 queue_entries() const;
  struct QueueAddresses { u64 descriptors, driver, device; };
  /// Sets up queue 0, which raises MSI-X entry `vector`. not_supported: the device has no vector for it.
  Result<> enable_queue(u32 entries, QueueAddresses const& at, u16 vector);
  /// From now on the device works.
  void run() { set_status(status::acknowledge | status::driver | status::features_ok | status::driver_ok); }
  /// There is something new in queue 0.
  void notify() const;

  /// Fields of the device's own configuration. The 64-bit one is read whole (4.1.3.1); busy when it never holds still.
  [[nodiscard]] u32 config_32(u32 offset) const;
  Result<u64> config_64(u32 offset) const;

 private:
  /// A structure, as slot addresses.
  struct Structure { u64 address = 0, bytes = 0; };

  [[nodiscard]] u32 get(u32 offset, u32 width) const;
  void put(u32 offset, u32 width, u32 value) const;
  void put_64(u32 offset, u64 value) const;
  void set_status(u8 bits) const { put(common::status, 1, bits); }

  Structure common_, notify_, device_;
  u32 notify_multiplier_ = 0;
  u64 doorbell_ = 0;   ///< Slot address of queue 0's notification register.
};

}  // namespace hinge::virtio_blk
