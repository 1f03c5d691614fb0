// Numbers and layouts of virtio 1.2 (OASIS committee specification 01): the PCI transport, the split virtqueue, the block
// device. Everything is little-endian.
#pragma once

#include "base/types.hpp"

namespace hinge::virtio_blk {

/// A vendor-specific PCI capability that points to a structure in one of the device's ranges (4.1.4).
namespace capability {
inline constexpr u32 list = 0x34, vendor_specific = 0x09;
inline constexpr u32 next = 1, type = 3, range = 4, offset = 8, length = 12, notify_multiplier = 16;
inline constexpr u32 common = 1, notify = 2, device = 4;  // type
}  // namespace capability

/// The common configuration structure (4.1.4.3).
namespace common {
inline constexpr u32 device_feature_select = 0, device_feature = 4, driver_feature_select = 8, driver_feature = 12;
inline constexpr u32 status = 20, generation = 21;
inline constexpr u32 queue_select = 22, queue_size = 24, queue_vector = 26, queue_enable = 28, queue_notify_offset = 30;
inline constexpr u32 queue_descriptors = 32, queue_driver = 40, queue_device = 48, bytes = 56;
}  // namespace common

/// Device status (2.1).
namespace status {
inline constexpr u8 acknowledge = 1, driver = 2, driver_ok = 4, features_ok = 8;
}

/// Feature bits (5.2.3, 6).
namespace feature {
inline constexpr u64 size_max = u64{1} << 1, seg_max = u64{1} << 2, read_only = u64{1} << 5, block_size = u64{1} << 6;
inline constexpr u64 flush = u64{1} << 9, indirect = u64{1} << 28, version_1 = u64{1} << 32, access_platform = u64{1} << 33;
}  // namespace feature

/// Fields of the block device's configuration (5.2.4). The capacity is in sectors.
namespace block_config {
inline constexpr u32 capacity = 0, size_max = 8, seg_max = 12, block_bytes = 20, bytes = 24;
}
inline constexpr u32 sector_bytes = 512;

/// 2.7.5
struct Descriptor {
  u64 address;
  u32 bytes;
  u16 flags, next;
};
static_assert(sizeof(Descriptor) == 16);
inline constexpr u16 descriptor_next = 1, descriptor_device_writes = 2, descriptor_indirect = 4;

/// 2.7.6 and 2.7.8, each followed by its ring.
struct RingHead { u16 flags, index; };
struct UsedEntry { u32 id, bytes; };
static_assert(sizeof(UsedEntry) == 8);

/// What begins each request (5.2.6); the device's verdict is one byte behind the data.
struct RequestHeader {
  u32 type, reserved;
  u64 sector;
};
static_assert(sizeof(RequestHeader) == 16);
enum class RequestType : u32 { read = 0, write = 1, flush = 4, identity = 8 };
inline constexpr u8 verdict_ok = 0, verdict_none = 0xff;
inline constexpr u32 identity_bytes = 20;

}  // namespace hinge::virtio_blk
