// The table of drivers by major number.
#include "services/linux/files/device.hpp"

namespace hinge::linux_service::devices {
namespace {

constexpr u32 majors = 512;
constinit Opener openers[2][majors] = {};  ///< By kind.

}  // namespace

void add(Kind kind, u32 major, Opener opener) {
  if (major < majors) openers[u32(kind)][major] = opener;
}

Attempt<Ref<File>> open(Thread& self, Kind kind, u64 device, Path const& path, u32 flags) {
  if (path.mount && path.mount->flags() & mount_flag::no_devices) return fail(Errno::access);
  u64 const major = device >> 32;
  if (major >= majors || !openers[u32(kind)][major]) return fail(Errno::no_device_or_address);
  return openers[u32(kind)][major](self, u32(device), path, flags);
}

}  // namespace hinge::linux_service::devices
