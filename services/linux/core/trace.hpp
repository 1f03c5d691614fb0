// The requests of some programs are recorded, as calls through ports are (host/trace.hpp): those of one process group.
#pragma once

#include "base/types.hpp"

namespace hinge::linux_service {

/// Whose requests are recorded from now on; 0: nobody's. Costs nothing while it is nobody.
void trace_requests(i32 process_group);

}  // namespace hinge::linux_service
