// Which signal an exception becomes.
#pragma once

#include "services/linux/signal/signal_info.hpp"

namespace hinge::linux_service {

[[nodiscard]] SignalInfo signal_for_exception(u32 vector, u64 rip);

}  // namespace hinge::linux_service
