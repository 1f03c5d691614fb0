// Filling the root file system from the boot archive, before there is any process.
#pragma once

#include <string_view>

#include "iface/lifecycle.hpp"
#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

class Volume;

/// Creates what the archive (cpio newc) holds below `prefix`, which ends in a slash. Directories come before what is in them.
/// io when the archive is malformed, or the first failure of the volume.
Attempt<> unpack_archive(Volume& volume, Lifecycle::Start const& boot, std::string_view prefix);

}  // namespace hinge::linux_service
