// Segment descriptors and the task state segment (Intel SDM vol. 3, 3.4.5 and 8.7). The order of the selectors is
// dictated by SYSCALL and SYSRET (STAR) and by the values Linux programs expect in cs and ss.
#pragma once

#include "abi/registers.hpp"
#include "base/types.hpp"

namespace hinge::nucleus {

inline constexpr u64 kernel_cs = 0x10, kernel_ss = 0x18, tss_selector = 0x40;
inline constexpr u64 sysret_base = 0x23;  ///< STAR[63:48]: SYSRET takes ss from +8 and cs from +16.
static_assert(sysret_base + 8 == user_ss && sysret_base + 16 == user_cs);
static_assert(cpu_number_selector > user_cs && cpu_number_selector < tss_selector);

/// Interrupt stack table slots: events that must not trust the stack they interrupt.
enum class Ist : u8 { none = 0, nmi = 1, double_fault = 2, machine_check = 3 };

struct Tss {
  u32 words[26];  ///< 64-bit fields lie on 4-byte boundaries only.

  constexpr void set_rsp0(u64 top) { set(1, top); }
  [[nodiscard]] constexpr u64 rsp0() const { return words[1] | u64{words[2]} << 32; }
  constexpr void set_ist(Ist which, u64 top) { set(9 + 2 * (u32(which) - 1), top); }
  constexpr void set_no_io_bitmap() { words[25] = u32{sizeof(Tss)} << 16; }

 private:
  constexpr void set(u32 at, u64 value) { words[at] = u32(value); words[at + 1] = u32(value >> 32); }
};
static_assert(sizeof(Tss) == 104);

struct Gdt {
  u64 entries[10];
};
static_assert(sizeof(Gdt) == tss_selector + 16);

/// What LGDT and LIDT take.
struct [[gnu::packed]] TableRegister {
  u16 limit;
  u64 base;
};
static_assert(sizeof(TableRegister) == 10);

}  // namespace hinge::nucleus
