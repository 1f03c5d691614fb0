// The signal frame on the user stack, as Linux lays it out on x86-64 (measured; arch/x86/include/uapi/asm/sigcontext.h
// names the fields). From the stack pointer up: return address, ucontext, siginfo, then the floating-point state.
#pragma once

#include "abi/registers.hpp"
#include "services/linux/signal/handlers.hpp"
#include "services/linux/signal/signal_info.hpp"

namespace hinge::linux_service {

/// struct sigaltstack.
struct AlternateStack {
  static constexpr u32 on_it = 1, disabled = 2, autodisarm = 1u << 31;
  u64 sp = 0;
  u32 flags = disabled;
  u32 padding = 0;
  u64 bytes = 0;
  [[nodiscard]] bool contains(u64 stack_pointer) const {
    return !(flags & disabled) && stack_pointer > sp && stack_pointer - sp <= bytes;
  }
};
static_assert(sizeof(AlternateStack) == 24);

/// struct sigcontext.
struct SignalContext {
  u64 r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags;
  u16 cs, gs, fs, ss;
  u64 error, trap, old_mask, cr2;
  u64 floating;        ///< Address of the floating-point state, 0: none.
  u64 reserved[8];
};
static_assert(sizeof(SignalContext) == 256);

/// struct rt_sigframe without the floating-point state.
struct SignalFrame {
  u64 return_address;
  u64 flags, link;
  AlternateStack stack;
  SignalContext context;
  SignalSet mask;
  SignalInfo info;
};
static_assert(sizeof(SignalFrame) == 8 + 304 + 128 && offsetof(SignalFrame, info) == 312);

inline constexpr u64 context_flags_fx = 6;     ///< UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS.
inline constexpr u64 context_flag_xstate = 1;  ///< UC_FP_XSTATE: the floating-point state is XSAVE's.

/// Where the parts of a frame go.
struct FramePlace {
  u64 frame = 0;       ///< rsp at the handler's entry: 8 modulo 16.
  u64 floating = 0;    ///< 64-byte aligned.
  bool fits = true;    ///< False: the alternate stack is too small.
};

/// Places a frame below `stack_pointer` (past the red zone), or on the alternate stack when `use_alternate` and it is set
/// and not in use. `floating_bytes` includes the trailing magic.
FramePlace place_frame(u64 stack_pointer, AlternateStack const& alternate, bool use_alternate, u64 floating_bytes);

/// The context of a frame from the registers, and back. Restoring takes only what a program may set (flags).
void to_context(Registers const& from, SignalContext& to);
void from_context(SignalContext const& from, Registers& to);

/// Bits of rflags that a program may set by itself (CF PF AF ZF SF TF DF OF RF AC NT... as Linux' FIX_EFLAGS).
inline constexpr u64 restorable_flags = 0x50dd5;

}  // namespace hinge::linux_service
