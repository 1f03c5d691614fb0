// The boundary between the nucleus and the Linux personality: a Linux system call, a fault or a signal check arrives
// as one request about the calling thread. Kernel side it is a function call on the thread's kernel stack; user side
// a message through a caller-view portal, with the process' lower half visible at its own addresses (not executable).
#pragma once

#include "base/types.hpp"

namespace hinge::linux_entry {

/// What else the nucleus brings to the personality. No program can ask for these: its numbers have 32 bits.
enum class Pseudo : u64 {
  first = u64{1} << 40,
  page_fault = first,   ///< args: address, FaultAccess bits, rip. Return plain to retry the instruction.
  exception,            ///< args: vector, error code, rip. Return plain to resume.
  interrupt,            ///< thread_interrupt was called on it: look for signals before it returns to user mode.
  start,                ///< First entry of a fresh thread, before its first user instruction.
};

/// Bits of a page fault's second argument (Intel SDM vol. 3, 4.7).
inline constexpr u64 fault_present = 1, fault_write = 2, fault_execute = 16;

/// What the nucleus is to do with the thread after the handler. The low byte is free: on the way out the nucleus joins it
/// with the work that it has itself, so that one test finds either.
enum class Action : u64 {
  resume = 0,       ///< Back to user mode; rax is the handler's result (system calls only).
  keep = 0x100,     ///< Back to user mode with the registers as they are: the handler has set them (exec, signal, sigreturn).
  block = 0x200,    ///< Park unless the event's count has passed `seen`; then issue the same number and arguments again.
  end = 0x300,      ///< The thread is over: free it once it has left the service.
};

/// What a blocked thread waits for.
struct Wait {
  u32 event;        ///< Handle.
  u32 reserved;
  u64 seen;         ///< The event's count when the handler decided to wait.
  u64 deadline_ns;  ///< Absolute monotonic time, or no_deadline. Reissued with Reason::timed_out when it passes.
};

/// In two registers. `value`: what the program finds in rax; for `block` the address of a Wait.
struct Answer {
  u64 value;
  Action action;
};

/// `thread` is the cookie given at thread_create: the personality's own object. Why it is issued (a Reason) rides in
/// `number`, above the 32 bits that a program's number has. `args`: the six argument registers.
using Handle = Answer (*)(void* thread, u64 number, u64 const* args);
inline constexpr unsigned reason_shift = 32;

/// User side: entered at the image's linux_entry with rdi, rsi, rdx, r10, r8, r9 the six arguments, rax = number,
/// rbx = thread cookie, rsp = top of the activation stack. It leaves by `reply` with rbx = the result and
/// rdi = action, and for `block` rsi = event, rdx = seen, r10 = deadline.

}  // namespace hinge::linux_entry
