// The end of a call: what signals, stops and the end of the process make of the thread before it goes back to its program.
#pragma once

#include "services/linux/core/value.hpp"

namespace hinge::linux_service {

class Thread;

/// `value` is the handler's answer, not blocked and not end. Returns what to do instead: the same, keep (a signal frame
/// was built or a call is to be made again), blocked (stopped), end. May be called again with its own answer.
Value settle(Thread& self, Value value);

}  // namespace hinge::linux_service
