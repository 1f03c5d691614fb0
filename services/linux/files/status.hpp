// What stat tells, and what the attribute calls change: numbers and times of an inode in one struct.
#pragma once

#include "iface/filesystem.hpp"

namespace hinge::linux_service {

/// Attributes plus what only the personality knows.
struct Status {
  Attributes of;
  u64 device;          ///< Of the file system: major << 32 | minor, as Attributes::device.
  u64 blocks;          ///< Of 512 bytes.
  u32 block_bytes;
};

/// A change of attributes: which, and to what. Masks as in FileSystem::SetAttributes.
using Change = FileSystem::SetAttributes;

/// st_dev and st_rdev as programs see them (Linux: new_encode_dev, and the same in dev_t of glibc and musl).
constexpr u64 encode_device(u64 device) {
  u64 const major = device >> 32, minor = device & 0xffff'ffff;
  return (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~u64{0xff}) << 12 | (major & ~u64{0xfff}) << 32;
}
constexpr u64 decode_device(u64 encoded) {
  u64 const major = (encoded >> 8 & 0xfff) | (encoded >> 32 & ~u64{0xfff});
  u64 const minor = (encoded & 0xff) | (encoded >> 12 & 0xffff'ff00);
  return major << 32 | minor;
}
constexpr u64 make_device(u32 major, u32 minor) { return u64{major} << 32 | minor; }
static_assert(encode_device(make_device(4, 64)) == 0x440 && decode_device(0x440) == make_device(4, 64));

}  // namespace hinge::linux_service
