// Time stamps of files.
#pragma once

#include "host/host.hpp"

namespace hinge::linux_service {

/// Nanoseconds since 1970, UTC.
inline i64 wall_ns() { return i64(host::clock(host::ClockKind::wall)); }

}  // namespace hinge::linux_service
