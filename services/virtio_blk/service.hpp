// virtio_blk: disks behind iface/block_device.hpp. Each granted function is a unit, in bus order; one that cannot be used
// keeps its number and answers io.
//
// Its vault has form "table": requests are idempotent and hold no state, the devices keep the data, and what was granted is
// in the image. A new instance resets each device before anything else, which ends what the old one had in flight; the
// callers' requests are then issued again.
#pragma once

#include "iface/lifecycle.hpp"
#include "services/virtio_blk/disk.hpp"

namespace hinge::virtio_blk {

class Service {
 public:
  Result<> on(Lifecycle::Start const&, Caller const&);
  Result<> on(Lifecycle::Stop const&, Caller const&);
  Result<u64> on(BlockDevice::Count const&, Caller const&);
  Result<BlockDevice::Info::Reply> on(BlockDevice::Info const&, Caller const&);
  Result<u64> on(BlockDevice::Read const&, Caller const&);
  Result<u64> on(BlockDevice::Write const&, Caller const&);
  Result<> on(BlockDevice::Flush const&, Caller const&);

  // Filled in by placement before Start.
  image::GrantedDevices devices{};
  Port<Platform> platform;

 private:
  [[nodiscard]] Result<Disk*> unit(u64 number);

  Disk disks_[image::GrantedDevices::most];
  u32 usable_ = 0;               ///< A bit for each unit that came up.
};

}  // namespace hinge::virtio_blk
