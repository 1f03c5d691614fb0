// Writing a signal frame to the user stack and reading one back.
#pragma once

#include "services/linux/core/thread.hpp"

namespace hinge::linux_service {

/// Saves `r` and the floating-point state in a frame and makes `r` enter the handler. `mask`: what sigreturn restores.
Attempt<> build_frame(Thread& self, Registers& r, SignalInfo const& info, SignalAction const& action, SignalSet mask);
/// Takes back what the frame at rsp - 8 says. bad_address when there is no such frame.
Attempt<> restore_frame(Thread& self, Registers& r);

}  // namespace hinge::linux_service
