#include "services/virtio_blk/transport.hpp"

#include "services/virtio_blk/registers.hpp"

namespace hinge::virtio_blk {
namespace {

constexpr u64 reset_limit_ns = 1'000'000'000, nap_ns = 100'000;

void nap(u64 until_ns) {
  static u32 const never = 0;
  (void)host::word_wait(&never, 0, until_ns);
}

}  // namespace

Result<> Transport::find(image::GrantedDevice const& device, Port<Platform> const& platform) {
  PciAddress const function{device.address};
  auto const config = [&](u32 offset, u32 width) { return platform.on(Platform::ReadConfig{function, offset, width}, Caller{}); };
  common_ = notify_ = device_ = {};
  u64 at = TRY(config(capability::list, 1)) & 0xfc;
  for (u32 steps = 0; at >= 0x40 && at <= 0xe8 && steps < 48; ++steps) {
    u32 const a = u32(at);
    at = TRY(config(a + capability::next, 1)) & 0xfc;
    if (TRY(config(a, 1)) != capability::vendor_specific) continue;
    u64 const type = TRY(config(a + capability::type, 1));
    Structure* const found = type == capability::common ? &common_ : type == capability::notify ? &notify_ : type == capability::device ? &device_ : nullptr;
    u64 const range = TRY(config(a + capability::range, 1));
    // The first of a kind that we can reach is the one to use (4.1.4.1).
    if (!found || found->bytes || range >= image::GrantedDevice::max_windows) continue;
    u64 const offset = TRY(config(a + capability::offset, 4)), length = TRY(config(a + capability::length, 4));
    auto const& w = device.windows[range];
    if (offset < w.skipped || offset - w.skipped > w.bytes || length > w.bytes - (offset - w.skipped) || offset % 4) continue;
    *found = {w.address + offset - w.skipped, length};
    if (found == &notify_) notify_multiplier_ = u32(TRY(config(a + capability::notify_multiplier, 4)));
  }
  if (common_.bytes < common::bytes || notify_.bytes < 2 || device_.bytes < block_config::bytes) return fail(Error::not_supported);
  return ok;
}

u32 Transport::get(u32 offset, u32 width) const { return read_register(common_.address + offset, width); }
void Transport::put(u32 offset, u32 width, u32 value) const { write_register(common_.address + offset, width, value); }
void Transport::put_64(u32 offset, u64 value) const {
  put(offset, 4, u32(value));
  put(offset + 4, 4, u32(value >> 32));
}

Result<> Transport::reset() {
  set_status(0);
  u64 const limit = host::clock() + reset_limit_ns;
  while (get(common::status, 1) != 0) {
    u64 const now = host::clock();
    if (now >= limit) return fail(Error::timed_out);
    nap(now + nap_ns);
  }
  return ok;
}

Result<u64> Transport::negotiate(u64 wanted, u64 required) {
  set_status(status::acknowledge);
  set_status(status::acknowledge | status::driver);
  u64 offered = 0;
  for (u32 half = 0; half < 2; ++half) {
    put(common::device_feature_select, 4, half);
    offered |= u64{get(common::device_feature, 4)} << 32 * half;
  }
  if ((offered & required) != required) return fail(Error::not_supported);
  u64 const taken = offered & (wanted | required);
  for (u32 half = 0; half < 2; ++half) {
    put(common::driver_feature_select, 4, half);
    put(common::driver_feature, 4, u32(taken >> 32 * half));
  }
  set_status(status::acknowledge | status::driver | status::features_ok);
  if (!(get(common::status, 1) & status::features_ok)) return fail(Error::not_supported);
  return taken;
}

u32 Transport::queue_entries() const {
  put(common::queue_select, 2, 0);
  return get(common::queue_size, 2);
}

Result<> Transport::enable_queue(u32 entries, QueueAddresses const& at, u16 vector) {
  put(common::queue_select, 2, 0);
  put(common::queue_size, 2, entries);
  put(common::queue_vector, 2, vector);
  if (get(common::queue_vector, 2) != vector) return fail(Error::not_supported);
  u64 const doorbell = u64{get(common::queue_notify_offset, 2)} * notify_multiplier_;
  if (doorbell > notify_.bytes - 2) return fail(Error::not_supported);
  doorbell_ = notify_.address + doorbell;
  put_64(common::queue_descriptors, at.descriptors);
  put_64(common::queue_driver, at.driver);
  put_64(common::queue_device, at.device);
  put(common::queue_enable, 2, 1);
  return ok;
}

void Transport::notify() const { write_register(doorbell_, 2, 0); }

u32 Transport::config_32(u32 offset) const { return read_register(device_.address + offset, 4); }

Result<u64> Transport::config_64(u32 offset) const {
  constexpr u32 attempts = 100;
  for (u32 i = 0; i < attempts; ++i) {
    u32 const generation = get(common::generation, 1);
    u64 const value = config_32(offset) | u64{config_32(offset + 4)} << 32;
    if (get(common::generation, 1) == generation) return value;
  }
  return fail(Error::busy);
}

}  // namespace hinge::virtio_blk
