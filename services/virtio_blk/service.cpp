#include "services/virtio_blk/service.hpp"

#include "host/faults.hpp"
#include "host/log.hpp"
#include "services/virtio_blk/wild.hpp"

namespace hinge::virtio_blk {

Result<> Service::on(Lifecycle::Start const&, Caller const&) {
  host::mislead_device = mislead;
  for (u32 i = 0; i < devices.count; ++i) {
    auto const& device = devices.device[i];
    if (auto const up = disks_[i].start(device, platform); !up) {
      disks_[i].stop();
      host::log("unit {}, device {x}, cannot be used: {}", i, device.address, up.error());
      continue;
    }
    usable_ |= 1u << i;
    auto const& info = disks_[i].info();
    host::log("unit {}: {} blocks of {} bytes{}", i, info.blocks, info.block_bytes, info.read_only ? ", read-only" : "");
  }
  return ok;
}

Result<> Service::on(Lifecycle::Stop const&, Caller const&) {
  for (u32 i = 0; i < devices.count; ++i) disks_[i].stop();
  usable_ = 0;
  return ok;
}

Result<Disk*> Service::unit(u64 number) {
  if (number >= devices.count) return fail(Error::not_found);
  if (!(usable_ >> number & 1)) return fail(Error::io);
  return &disks_[number];
}

Result<u64> Service::on(BlockDevice::Count const&, Caller const&) { return devices.count; }

Result<BlockDevice::Info::Reply> Service::on(BlockDevice::Info const& request, Caller const&) { return TRY(unit(request.unit))->info(); }

Result<u64> Service::on(BlockDevice::Read const& request, Caller const&) {
  Disk* const disk = TRY(unit(request.unit));
  if (request.count > BlockDevice::max_extents) return fail(Error::invalid);
  if (!request.into.writable) return fail(Error::no_rights);
  return disk->transfer(RequestType::read, request.into, {request.extents, request.count});
}

Result<u64> Service::on(BlockDevice::Write const& request, Caller const&) {
  Disk* const disk = TRY(unit(request.unit));
  if (disk->read_only()) return fail(Error::read_only);
  if (request.count > BlockDevice::max_extents) return fail(Error::invalid);
  return disk->transfer(RequestType::write, request.from, {request.extents, request.count});
}

Result<> Service::on(BlockDevice::Flush const& request, Caller const&) { return TRY(unit(request.unit))->flush(); }

}  // namespace hinge::virtio_blk
