// Mounting a fresh file system: for mount(2) and the start.
#pragma once

#include "services/linux/files/path.hpp"

namespace hinge::linux_service {

/// An instance of `type` appears on the directory `place`.
Attempt<> mount_filesystem(FilesystemType const& type, std::string_view source, std::string_view options, Path const& place, u64 flags);

}  // namespace hinge::linux_service
