// Traps: exceptions, interrupts and what leads back from them. The stubs (trap_entry.S) save a TrapFrame on the kernel
// stack and call trap(), which serves what this CPU's own devices want and turns to the hooks (nucleus/hooks.hpp) for
// the rest.
#pragma once

#include <cstddef>

#include "abi/registers.hpp"

namespace hinge::nucleus {

/// Registers without the segment bases, as it lies on the stack: its end is the kernel stack's top when it came from
/// ring 3. original_rax is ~0; vector_error is the exception's error code or 0.
struct TrapFrame {
  u64 rdi, rsi, rdx, r10, r8, r9;
  u64 rax;
  u64 rbx, rbp, r12, r13, r14, r15;
  u64 rcx, r11;
  u64 original_rax;
  u64 vector_error;
  u64 rip, cs, rflags, rsp, ss;

  [[nodiscard]] bool from_user() const { return (cs & 3) != 0; }
};
static_assert(sizeof(TrapFrame) == 22 * 8);
static_assert(offsetof(TrapFrame, r9) == offsetof(Registers, r9) && offsetof(TrapFrame, rax) == offsetof(Registers, rax));
static_assert(offsetof(TrapFrame, r11) == offsetof(Registers, r11) && offsetof(TrapFrame, rip) == offsetof(Registers, rip));
static_assert(offsetof(TrapFrame, ss) == offsetof(Registers, ss));

/// Vectors. Exceptions are the processor's (Intel SDM vol. 3, 6.3.1), the rest is ours.
namespace vector {
inline constexpr u8 divide = 0, debug = 1, nmi = 2, breakpoint = 3, overflow = 4, bound = 5, undefined = 6;
inline constexpr u8 no_fpu = 7, double_fault = 8, segment_absent = 11, stack_fault = 12, protection = 13, page_fault = 14;
inline constexpr u8 x87 = 16, alignment = 17, machine_check = 18, simd = 19;
inline constexpr u8 first_interrupt = 32;
inline constexpr u8 first_device = 0x30, last_device = 0xdf;  ///< Handed out by nucleus/irq.
inline constexpr u8 timer = 0xf0, reschedule = 0xf1, shootdown = 0xf2, spurious = 0xff;
}  // namespace vector

/// RFLAGS bits (Intel SDM vol. 1, 3.4.3).
namespace rflags {
inline constexpr u64 carry = 1, fixed = 2, trap = 1 << 8, interrupts = 1 << 9, direction = 1 << 10;
inline constexpr u64 nested = 1 << 14, resume = 1 << 16, alignment = 1 << 18;
}  // namespace rflags

/// Called by the stubs, interrupts off.
extern "C" void trap(TrapFrame& frame, u8 vector);

/// Assembly: rsp points to a TrapFrame. Runs before_user while cpu().pending is not 0, then IRETQ. Never returns.
extern "C" void trap_return();

/// The one interrupt descriptor table: filled by the boot CPU before its pages become read-only, loaded by each.
void fill_interrupt_table();
void load_interrupt_table();

/// Where execution resumes when the instruction at `ip` faults in ring 0; 0 when that is a bug.
u64 fixup_for(u64 ip);

/// Within an asm string: a fault at label `fault` continues at label `landing`, with the registers as they are.
#define HINGE_FIXUP(fault, landing) ".pushsection .fixups, \"a\"\n.quad " fault ", " landing "\n.popsection\n"

}  // namespace hinge::nucleus
