// See fake_linux.cpp.
#pragma once

#include <vector>

#include "services/linux/core/thread.hpp"

namespace hinge::fake_linux {

/// Signals that file calls have sent to their thread, oldest first.
extern std::vector<int> sent_signals;

}  // namespace hinge::fake_linux
