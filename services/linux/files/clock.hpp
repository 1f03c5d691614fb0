// Time stamps of files.
#pragma once

#include "services/linux/time/time_page.hpp"

namespace hinge::linux_service {

/// Nanoseconds since 1970, UTC.
inline i64 wall_ns() { return i64(wall_ns(hinge_time_page)); }

}  // namespace hinge::linux_service
