// What comes with a signal: siginfo_t as programs see it (Linux uapi/asm-generic/siginfo.h, 128 bytes).
#pragma once

#include "services/linux/signal/signal_set.hpp"

namespace hinge::linux_service {

struct SignalInfo {
  i32 signal = 0;
  i32 error = 0;
  i32 code = 0;
  i32 padding = 0;
  union Fields {
    u64 words[14];
    struct { i32 pid; u32 uid; u64 value; } sender;                          ///< kill, tgkill, sigqueue.
    struct { i32 timer; i32 overrun; u64 value; } timer;                     ///< POSIX timers.
    struct { i32 pid; u32 uid; i32 status; i32 padding; i64 user, system; } child;
    struct { u64 address; } fault;
    struct { i64 band; i32 descriptor; } poll;
  } fields = {};

  [[nodiscard]] Signal number() const { return Signal(u8(signal)); }
};
static_assert(sizeof(SignalInfo) == 128);

/// Values of SignalInfo::code.
namespace signal_code {
inline constexpr i32 user = 0, kernel = 0x80, queue = -1, timer = -2, message_queue = -3, asynchronous = -5, thread = -6;
inline constexpr i32 child_exited = 1, child_killed = 2, child_dumped = 3, child_trapped = 4, child_stopped = 5, child_continued = 6;
inline constexpr i32 segment_unmapped = 1, segment_access = 2;
inline constexpr i32 bus_alignment = 1, bus_address = 2;
inline constexpr i32 divide_by_zero = 1, overflow = 2, float_divide = 3, float_overflow = 4, float_underflow = 5,
                     float_inexact = 6, float_invalid = 7;
inline constexpr i32 illegal_operand = 2;
inline constexpr i32 breakpoint = 1, single_step = 2;
}  // namespace signal_code

/// From the nucleus or the personality itself (SI_KERNEL).
constexpr SignalInfo from_kernel(Signal s) { return {.signal = i32(s), .code = signal_code::kernel}; }
/// From a process, as kill(2) sends it.
inline SignalInfo from_user(Signal s, i32 code, i32 pid, u32 uid) {
  SignalInfo info{.signal = i32(s), .code = code};
  info.fields.sender = {pid, uid, 0};
  return info;
}
/// For a fault at an address (SIGSEGV, SIGBUS, SIGFPE, SIGILL).
inline SignalInfo from_fault(Signal s, i32 code, u64 address) {
  SignalInfo info{.signal = i32(s), .code = code};
  info.fields.fault = {address};
  return info;
}

}  // namespace hinge::linux_service
