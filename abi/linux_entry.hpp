// The boundary between the nucleus and the Linux personality: a Linux system call, a fault or a signal check arrives
// as one request about the calling thread. Kernel side it is a function call on the thread's kernel stack; user side
// a message through a caller-view portal, with the process' lower half visible at its own addresses (not executable).
#pragma once

#include "base/types.hpp"

namespace hinge::linux_entry {

/// Numbers above Linux' own: what else the nucleus brings to the personality.
enum class Pseudo : u64 {
  first = 0x1000,
  page_fault = 0x1000,  ///< args: address, FaultAccess bits, rip. Return plain to retry the instruction.
  exception = 0x1001,   ///< args: vector, error code, rip. Return plain to resume.
  interrupt = 0x1002,   ///< thread_interrupt was called on it: look for signals before it returns to user mode.
  start = 0x1003,       ///< First entry of a fresh thread, before its first user instruction.
};

/// Bits of a page fault's second argument (Intel SDM vol. 3, 4.7).
inline constexpr u64 fault_present = 1, fault_write = 2, fault_execute = 16;

/// What the nucleus is to do with the thread after the handler.
enum class Action : u64 {
  resume,   ///< Back to user mode; rax is the handler's result (system calls only).
  keep,     ///< Back to user mode with the registers as they are: the handler has set them (exec, signal, sigreturn).
  block,    ///< Park unless `event`'s count has passed `seen`; then issue the same number and arguments again.
  end,      ///< The thread is over: free it once it has left the service.
};

struct Outcome {
  Action action;
  u32 event;        ///< Handle of an event, for block.
  u32 reserved;
  u64 seen;         ///< Its count when the handler decided to wait.
  u64 deadline_ns;  ///< Absolute monotonic time, or no_deadline. Reissued with Reason::timed_out when it passes.
};

/// `thread` is the cookie given at thread_create: the personality's own object. `why` (a Reason) rides in the upper
/// half of `number`. Returns what the program finds in rax.
using Handle = u64 (*)(void* thread, u64 number, u64 const* args, Outcome* outcome);
inline constexpr unsigned reason_shift = 32;

/// User side: entered at the image's linux_entry with rdi, rsi, rdx, r10, r8, r9 the six arguments, rax = number,
/// rbx = thread cookie, rsp = top of the activation stack. It leaves by `reply` with rbx = the result and
/// rdi = action, rsi = event, rdx = seen, r10 = deadline.

}  // namespace hinge::linux_entry
