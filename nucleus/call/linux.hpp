// Linux programs: their system calls, faults and interruptions become requests to the personality.
#pragma once

#include "abi/linux_entry.hpp"
#include "nucleus/arch/x86_64/trap.hpp"
#include "nucleus/core/objects.hpp"

namespace hinge::nucleus {

/// The user registers of a thread, at the top of its base kernel stack. Valid while it is not running user code.
TrapFrame& user_frame(Thread& thread);

/// Brings a request about the current thread to its personality, as often as it blocks; the thread is on its base
/// activation with its user frame in place. Sets rax for a system call. May end the thread.
/// True when the registers must be taken back whole (IRETQ).
bool bring(Thread& thread, u64 number, u64 const* arguments, bool system_call);

/// Serves the flags of a thread that is about to run user code.
void serve_thread_flags(Thread& thread);

/// The service view of the current thread's space, with the personality's domain in it; made at first need.
Result<u64> view_root(Slot const& personality);

/// Where a Linux thread begins, on its base kernel stack. `argument` is the Thread.
void run_program(void* argument);

}  // namespace hinge::nucleus
