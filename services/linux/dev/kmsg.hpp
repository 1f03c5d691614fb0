// /dev/kmsg: the system's log, one record a read in Linux' format ("priority,sequence,microseconds,-;text"); each write
// becomes a line of it. A read behind the newest line returns the end of the file: the log has no event to wait for.
#pragma once

#include "services/linux/files/file.hpp"

namespace hinge::linux_service::dev {

Attempt<Ref<File>> open_kmsg(Path const& path, u32 flags);

}  // namespace hinge::linux_service::dev
