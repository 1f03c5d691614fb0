// The user-mode register frame, as the nucleus keeps it on the kernel stack and as a thread's holder reads and
// writes it. The six system-call arguments stand side by side, so that a kernel-side personality reads them in place.
#pragma once

#include <type_traits>

#include "base/types.hpp"

namespace hinge {

struct Registers {
  // Arguments of a system call, in order (System V AMD64 with r10 for rcx).
  u64 rdi, rsi, rdx, r10, r8, r9;
  u64 rax;                        ///< Number on entry, result on return.
  u64 rbx, rbp, r12, r13, r14, r15;
  u64 rcx, r11;
  u64 original_rax;               ///< The number as it was called, for restarts; ~0 when not from a system call.
  u64 vector_error;               ///< Exception error code, 0 for system calls.
  // What the processor pushes (Intel SDM vol. 3, 6.14.2), so that one IRETQ takes it back.
  u64 rip, cs, rflags, rsp, ss;
  // Kept beside the frame by the nucleus; valid when read or written as a whole through thread_registers.
  u64 fs_base, gs_base;
};
static_assert(std::is_trivially_copyable_v<Registers> && sizeof(Registers) == 24 * 8);

inline constexpr u64 user_cs = 0x33, user_ss = 0x2b;  ///< The selectors Linux programs expect to see.
/// A segment whose limit is the processor's number: LSL tells it in any ring.
inline constexpr u64 cpu_number_selector = 0x3b;

}  // namespace hinge
