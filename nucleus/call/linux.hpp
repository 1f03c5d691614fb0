// Linux programs: their system calls, faults and interruptions become requests to the personality.
#pragma once

#include "abi/linux_entry.hpp"
#include "nucleus/arch/x86_64/trap.hpp"
#include "nucleus/core/objects.hpp"

namespace hinge::nucleus {

/// The user registers of a thread, at the top of its base kernel stack. Valid while it is not running user code.
TrapFrame& user_frame(Thread& thread);
/// The same with every word as a program's registers are: the straight way of a system call leaves some out.
TrapFrame& whole_user_frame(Thread& thread);

/// Brings a request of the nucleus' own about the current thread to its personality, as often as it blocks; the thread is on
/// its base activation with its user frame in place. May end the thread.
void bring(Thread& thread, linux_entry::Pseudo what, u64 const* arguments);

/// How programs' requests get into a caller view now: a linux_entry::Handle, the way's own or way_closed, which answers
/// action_closed and does nothing. The core lock is held, or nobody is let in meanwhile.
u64 way_in(Portal const& portal);
inline constexpr linux_entry::Action action_closed{0x400}, action_no_answer{0x500};  ///< The nucleus' own.
extern "C" linux_entry::Answer way_closed(void*, u64, u64 const*);

/// Serves the flags of a thread that is about to run user code.
void serve_thread_flags(Thread& thread);

/// The service view of the current thread's space, with the personality's domain in it; made at first need.
Result<u64> view_root(Slot const& personality);

/// Where a Linux thread begins, on its base kernel stack. `argument` is the Thread.
void run_program(void* argument);

}  // namespace hinge::nucleus
