// Mounting a fresh file system: for mount(2) and the start.
#pragma once

#include "services/linux/files/path.hpp"

namespace hinge::linux_service {

/// An instance of `type` appears on the directory `place`.
Attempt<> mount_filesystem(FilesystemType const& type, MountSource const& from, Path const& place);

}  // namespace hinge::linux_service
