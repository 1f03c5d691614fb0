// What is mounted before the first process runs.
#pragma once

#include <string_view>

#include "base/ref.hpp"
#include "iface/lifecycle.hpp"
#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {
class Mount;
}

namespace hinge::linux_service::files {

/// Mounts the root. `root`, from the kernel's command line:
///   tmpfs              a tmpfs filled from the boot archive
///   /dev/vda1, vda1    the ext4 on that disk, with a tmpfs over /run that holds what of the boot archive belongs there;
///                      read-only, with a tmpfs over /tmp and /root too, unless `writable`
///   disk               the first disk or partition with an ext4; it is an error if there is none
///   nothing            as `disk` if there is an ext4, else as `tmpfs`
/// The reason of a failure is in the log.
Attempt<> start(Lifecycle::Start const& boot, std::string_view root, bool writable);

/// A tmpfs that is there under every root, mounted nowhere: for files in memory that have no name (memfd_create).
[[nodiscard]] Ref<Mount> memory_mount();

}  // namespace hinge::linux_service::files
