// RLIMIT_FSIZE: how far a process may write.
#pragma once

#include "services/linux/core/thread.hpp"

namespace hinge::linux_service {

/// The offset that a write of `bytes` at `offset` may reach. file_too_big, with SIGXFSZ, when that is nothing.
Attempt<u64> file_size_limit(Thread& self, u64 offset, u64 bytes);

}  // namespace hinge::linux_service
