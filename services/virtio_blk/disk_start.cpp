// How a disk comes up: at the driver's start, and again after a reset.
#include <algorithm>
#include <bit>

#include "host/log.hpp"
#include "services/virtio_blk/disk.hpp"

namespace hinge::virtio_blk {
namespace {

constexpr u16 queue_vector = 0;  // Entry of the MSI-X table.
constexpr u64 required = feature::version_1 | feature::indirect | feature::seg_max;
constexpr u64 wanted = feature::size_max | feature::read_only | feature::block_size | feature::flush | feature::access_platform;
// Some pages fewer than segments always fit, wherever in their pages they begin and end.
constexpr u32 spare_segments = 2, least_segments = Batch::shortest_chain_bytes / page_bytes + spare_segments;

}  // namespace

Result<> Disk::start(image::GrantedDevice const& device, Port<Platform> const& platform) {
  using Enable = Platform::Enable;
  device_ = &device;
  platform_ = &platform;
  PciAddress const function{device.address};
  {
    Guard guard{lock_};
    // What an earlier instance left running stops before the device is let at memory again.
    TRY(platform.on(Enable{function, Enable::memory}, Caller{}));
    TRY(transport_.find(device, platform));
    TRY(transport_.reset());
    TRY(host::dma_reset(device.dma));
    TRY(platform.on(Enable{function, Enable::memory | Enable::master}, Caller{}));
    TRY(queue_.allocate(device.dma));
    for (Request& r : requests_) TRY(r.batch.allocate(device.dma));
    TRY(set_vector(platform));
    TRY(bring_up());
    TRY(learn(features_));
    u32 const requests = std::min(most_requests, entries_ / Batch::most_chains);
    if (!requests) return fail(Error::not_supported);
    info_.queue_depth = requests;
    free_requests_.store((1u << requests) - 1, std::memory_order_relaxed);
  }
  return learn_serial();
}

Result<> Disk::set_vector(Port<Platform> const& platform) {
  if (!device_->vector_count) return fail(Error::not_supported);
  auto const& v = device_->vectors[queue_vector];
  fired_ = TRY(host::event_create());
  TRY(host::interrupt_bind(v.interrupt, fired_));
  return platform.on(Platform::SetVector{PciAddress{device_->address}, queue_vector, v.message, v.data}, Caller{});
}

Result<> Disk::bring_up() {
  features_ = TRY(transport_.negotiate(wanted, required));
  u32 const entries = std::min(transport_.queue_entries(), Queue::most_entries);
  if (!std::has_single_bit(entries) || (entries_ && entries < entries_)) return fail(Error::not_supported);
  entries_ = entries_ ? entries_ : entries;
  queue_.clear(entries_);
  TRY(transport_.enable_queue(entries_, {queue_.descriptors(), queue_.driver_ring(), queue_.device_ring()}, queue_vector));
  transport_.run();
  works_ = true;
  return ok;
}

Result<> Disk::learn(u64 features) {
  u64 const sectors = TRY(transport_.config_64(block_config::capacity));
  info_.block_bytes = features & feature::block_size ? transport_.config_32(block_config::block_bytes) : sector_bytes;
  bool const fits = std::has_single_bit(info_.block_bytes) && info_.block_bytes >= sector_bytes && info_.block_bytes <= page_bytes;
  if (!fits || sectors > ~u64{0} / sector_bytes) return fail(Error::not_supported);
  info_.blocks = sectors * sector_bytes / info_.block_bytes;
  info_.read_only = (features & feature::read_only) != 0;
  info_.write_cache = (features & feature::flush) != 0;
  info_.confined = device_->confined;
  u32 const segments = transport_.config_32(block_config::seg_max);
  size_max_ = features & feature::size_max ? transport_.config_32(block_config::size_max) : BlockDevice::max_transfer_bytes;
  if (segments < least_segments || size_max_ < page_bytes) return fail(Error::not_supported);
  chain_limit_ = std::min<u64>((segments - spare_segments) * page_bytes, BlockDevice::max_transfer_bytes);
  return ok;
}

Result<> Disk::learn_serial() {
  Request& r = acquire();
  auto const asked = [&]() -> Result<> {
    r.batch.clear();
    TRY(r.batch.open(RequestType::identity, 0));
    TRY(r.batch.add_identity());
    TRY(r.batch.close());
    return perform(r);
  }();
  static_assert(identity_bytes < sizeof info_.serial);
  char identity[identity_bytes];
  r.batch.identity(identity);
  release(r);
  // A device that has none says so, and works nevertheless.
  if (!asked) return asked.error() == Error::io ? ok : asked;
  auto const end = std::find_if(identity, identity + identity_bytes, [](char c) { return c <= ' ' || c > '~'; });
  std::copy(identity, end, info_.serial);
  return ok;
}

void Disk::stop() {
  if (!device_) return;
  Guard guard{lock_};
  works_ = false;
  // Whether or not it listens: without the bus it reaches no memory.
  if (transport_.found()) (void)transport_.reset();
  (void)platform_->on(Platform::Enable{PciAddress{device_->address}, Platform::Enable::memory}, Caller{});
}

void Disk::recover(Error why) {
  host::log("device {x}: {}; it is reset", device_->address, why);
  auto recovered = transport_.reset();
  if (!recovered) (void)platform_->on(Platform::Enable{PciAddress{device_->address}, Platform::Enable::memory}, Caller{});
  for (Request& r : requests_) {
    if (!r.outstanding) continue;
    r.outstanding = 0;
    r.failure = Error::io;
  }
  works_ = false;
  if (recovered) recovered = bring_up();
  if (!recovered) host::log("device {x} does not come back: {}", device_->address, recovered.error());
  (void)host::event_signal(fired_);
}

}  // namespace hinge::virtio_blk
