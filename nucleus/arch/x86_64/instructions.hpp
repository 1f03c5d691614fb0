// Single instructions as functions, and the names of the bits they deal in (Intel SDM vol. 2; vol. 3, 2.5; vol. 4).
#pragma once

#include "base/cpuid.hpp"
#include "base/types.hpp"

namespace hinge::nucleus {

// ---- control and model-specific registers ------------------------------------------------------------------------

namespace cr0 {
inline constexpr u64 monitor_fpu = 1 << 1, emulate_fpu = 1 << 2, task_switched = 1 << 3, numeric_error = 1 << 5;
inline constexpr u64 write_protect = 1 << 16, alignment_mask = 1 << 18, not_write_through = 1 << 29, cache_disable = 1 << 30;
}  // namespace cr0
namespace cr4 {
inline constexpr u64 page_global = 1 << 7, fxsave = 1 << 9, simd_exceptions = 1 << 10, umip = 1 << 11;
inline constexpr u64 fsgsbase = 1 << 16, xsave = 1 << 18, smep = 1 << 20, smap = 1 << 21;
}  // namespace cr4
namespace msr {
inline constexpr u32 apic_base = 0x1b, arch_capabilities = 0x10a, pat = 0x277;
inline constexpr u32 efer = 0xc000'0080, star = 0xc000'0081, lstar = 0xc000'0082, cstar = 0xc000'0083;
inline constexpr u32 fmask = 0xc000'0084, fs_base = 0xc000'0100, gs_base = 0xc000'0101, kernel_gs_base = 0xc000'0102;
}  // namespace msr
namespace efer {
inline constexpr u64 syscall = 1, long_mode = 1 << 8, no_execute = 1 << 11;
}  // namespace efer

inline u64 read_msr(u32 which) {
  u32 low, high;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(which));
  return u64{high} << 32 | low;
}
inline void write_msr(u32 which, u64 value) {
  asm volatile("wrmsr" : : "c"(which), "a"(u32(value)), "d"(u32(value >> 32)) : "memory");
}

#define HINGE_CONTROL_REGISTER(name)                                                                  \
  inline u64 read_##name() { u64 v; asm volatile("mov %%" #name ", %0" : "=r"(v)); return v; }         \
  inline void write_##name(u64 v) { asm volatile("mov %0, %%" #name : : "r"(v) : "memory"); }
HINGE_CONTROL_REGISTER(cr0)
HINGE_CONTROL_REGISTER(cr2)
HINGE_CONTROL_REGISTER(cr3)
HINGE_CONTROL_REGISTER(cr4)
#undef HINGE_CONTROL_REGISTER

// ---- processor ---------------------------------------------------------------------------------------------------

inline u64 read_tsc() {
  u32 low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return u64{high} << 32 | low;
}

inline void pause() { asm volatile("pause" ::: "memory"); }
inline void halt() { asm volatile("hlt" ::: "memory"); }
inline void disable_interrupts() { asm volatile("cli" ::: "memory"); }
inline void enable_interrupts() { asm volatile("sti" ::: "memory"); }
/// Takes the interrupts that wait. STI lets none in before the next instruction is done, so that must not be CLI.
inline void let_interrupts_in() { asm volatile("sti; nop; cli" ::: "memory"); }
/// Sleeps until an interrupt, without a window in which one could be missed. Interrupts are off before and after.
inline void wait_for_interrupt() { asm volatile("sti; hlt; cli" ::: "memory"); }
inline bool interrupts_enabled() {
  u64 flags;
  asm volatile("pushfq; pop %0" : "=r"(flags) : : "memory");
  return (flags & 1 << 9) != 0;
}
inline void invalidate_page(u64 address) { asm volatile("invlpg (%0)" : : "r"(address) : "memory"); }

// ---- I/O ports ---------------------------------------------------------------------------------------------------

inline u8 in8(u16 port) { u8 v; asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
inline u16 in16(u16 port) { u16 v; asm volatile("inw %1, %0" : "=a"(v) : "Nd"(port)); return v; }
inline u32 in32(u16 port) { u32 v; asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port)); return v; }
inline void out8(u16 port, u8 v) { asm volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
inline void out16(u16 port, u16 v) { asm volatile("outw %0, %1" : : "a"(v), "Nd"(port)); }
inline void out32(u16 port, u32 v) { asm volatile("outl %0, %1" : : "a"(v), "Nd"(port)); }

}  // namespace hinge::nucleus
