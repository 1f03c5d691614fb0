// Filling the root file system from the boot archive, before there is any process.
#pragma once

#include "iface/lifecycle.hpp"
#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

class Volume;

/// Creates what the archive (cpio newc) holds below "root/". Directories come before what is in them.
/// io when the archive is malformed, or the first failure of the volume.
Attempt<> unpack_root(Volume& volume, Lifecycle::Start const& boot);

}  // namespace hinge::linux_service
