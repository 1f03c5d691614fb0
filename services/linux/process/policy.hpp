// SCHED_* policies by their numbers in Linux; what they mean here is in schedule.hpp.
#pragma once

#include "base/types.hpp"

namespace hinge::linux_service::scheduling {

enum class Policy : u32 { other = 0, fifo = 1, round_robin = 2, batch = 3, idle = 5 };

}  // namespace hinge::linux_service::scheduling
