// SYSCALL with every register under control, and what every register held when it came back; and where this image is
// entered, which notes what the nucleus lets a callee see.
#pragma once

#include "base/types.hpp"

namespace hinge::hostile {

/// All general registers but those that SYSCALL takes for itself, in the order in which raw.cpp moves them.
struct Registers {
  u64 rax, rbx, rdx, rsi, rdi, rbp, r8, r9, r10, r12, r13, r14, r15;
};

/// One SYSCALL. The flags are loaded by the instruction right before it, from the stack pointer's own place: rsp lies in
/// this struct then.
struct Raw {
  Registers in{};
  u64 flags = 0x202;
  u64 above = 0;          ///< Where rsp points during the call.
  Registers out{};
  u64 rcx = 0, r11 = 0, rsp = 0, flags_after = 0;
};

/// Not reentrant: it keeps its own stack pointer in a static.
extern "C" void hostile_raw(Raw* raw);

/// What the last request found in the registers in which nothing is handed over.
struct Seen {
  u64 rcx, r11, r15, flags, fs_base, gs_base;
};
extern "C" Seen hostile_seen;
extern "C" void hostile_call_entry();

inline u64 fs_base() { u64 v; asm volatile("rdfsbase %0" : "=r"(v)); return v; }
inline u64 gs_base() { u64 v; asm volatile("rdgsbase %0" : "=r"(v)); return v; }
inline void set_bases(u64 fs, u64 gs) { asm volatile("wrfsbase %0; wrgsbase %1" : : "r"(fs), "r"(gs)); }

}  // namespace hinge::hostile
