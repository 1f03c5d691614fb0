// Inside of signal and process: the steps of sending that others build on, with their locks.
#pragma once

#include "services/linux/core/thread.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/signal/send.hpp"

namespace hinge::linux_service {

/// Sends to a process, or to one of its threads. True: this continued a stopped process, and its parent is to be told.
/// The tree's lock may be held. `sender`, if the call is its own, need not be told to look: it does at the end of it.
Attempt<bool> send_only(Process& p, Thread* only, SignalInfo const& info, Thread const* sender = nullptr);

/// kill(2)'s check, then the signal; none: only the check.
Attempt<> send_signal_as(Thread& self, Process& to, Signal s, SignalInfo const& info);

/// Tells a child's parent that the child was stopped or continued (signal_code::child_...): SIGCHLD, unless the parent
/// does not want it, and a wake-up of its waits.
void notify_parent(Process& child, i32 code);
void notify_parent_locked(Process& child, i32 code) HINGE_REQUIRES(tree_lock);

/// Changes the caller's own mask for good.
void set_mask(Thread& self, SignalSet mask);
/// Makes other threads look at signals for the process that `except` does not take.
void retarget(Process& process, Thread* except) HINGE_REQUIRES(process.lock);

}  // namespace hinge::linux_service
