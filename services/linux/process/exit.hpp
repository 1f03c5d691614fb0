// The end of threads and processes.
#pragma once

#include "services/linux/process/tree.hpp"

namespace hinge::linux_service {

/// Status words as wait shows them.
constexpr u32 exited_status(i32 code) { return u32(code & 0xff) << 8; }

/// Lets a process end with a status (unless it ends already): all its threads go, each at its next look.
void end_group(Process& process, u32 status) HINGE_REQUIRES(process.lock);

/// Ends the calling thread: everything of it that others see is gone afterwards; with the last thread, its process is a
/// zombie. Returns Value::end(). Takes many locks; call it with none.
Value end_thread(Thread& self);

/// A zombie's parent hears of it. Returns the process to drop, without the lock, if it leaves no zombie.
Ref<Process> report_death(Process& child) HINGE_REQUIRES(tree_lock);

/// A vfork child has its own memory, or needs none any more: its parent goes on.
void release_vfork_parent(Process& child);

/// The last thing about a thread, after which its request may only return. Drops the reference that its running held.
void leave_for_good(Thread& self);

}  // namespace hinge::linux_service
