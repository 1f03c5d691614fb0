// The user-side proxy of a method: `call` by SYSCALL with exactly the words that request and reply have. In place of
// host::Table::call for ports of user-side clients, when both fit the registers. Convention: abi/native.hpp.
#pragma once

#include "abi/host_table.hpp"

namespace hinge::host {

/// Returns status | reply words << 8. Reads `In` words at `request`, writes `Out` words at `reply` (also when it fails:
/// what they say then means nothing).
template <u32 In, u32 Out>
u64 call_in_registers(Handle portal, u32 method, u32 buffers, u64 const* request, u64* reply) {
  static_assert(In <= native::register_words && Out <= native::register_words);
  u64 rax = u64(native::Number::call) | u64{method} << 8 | u64{In} << 24 | u64{buffers} << 32;
  u64 const rbx = portal.raw();
  // Registers without a word go across as zero.
  u64 rdi = In > 0 ? request[0] : 0, rsi = In > 1 ? request[1] : 0, rdx = In > 2 ? request[2] : 0;
  register u64 r10 asm("r10") = In > 3 ? request[3] : 0;
  register u64 r8 asm("r8") = In > 4 ? request[4] : 0;
  register u64 r9 asm("r9") = In > 5 ? request[5] : 0;
  asm volatile("syscall"
               : "+a"(rax), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
               : "b"(rbx)
               : "rcx", "r11", "memory", "cc");
  if constexpr (Out > 0) reply[0] = rdi;
  if constexpr (Out > 1) reply[1] = rsi;
  if constexpr (Out > 2) reply[2] = rdx;
  if constexpr (Out > 3) reply[3] = r10;
  if constexpr (Out > 4) reply[4] = r8;
  if constexpr (Out > 5) reply[5] = r9;
  return rax;
}

}  // namespace hinge::host
