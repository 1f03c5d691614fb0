// Sending signals. Called by kill and its kin, by files (SIGPIPE), tty (SIGINT, SIGTSTP, SIGWINCH...), timers and faults.
// None of these may be called with a lock of rank Space or above held; files and tty may hold theirs.
#pragma once

#include "services/linux/core/errno.hpp"
#include "services/linux/signal/signal_info.hpp"

namespace hinge::linux_service {

class Process;
class Thread;

/// To a process: one of its threads that does not block the signal takes it.
Attempt<> send_signal(Process& to, SignalInfo const& info);
/// To one thread.
Attempt<> send_signal(Thread& to, SignalInfo const& info);
/// To the calling thread for what its own instruction did: cannot be ignored or blocked (then the process dies of it).
void force_signal(Thread& self, SignalInfo const& info);
/// To all members of a process group, without a permission check. Returns how many got it.
u32 send_signal_to_group(i32 group, SignalInfo const& info);

}  // namespace hinge::linux_service
