// The end of the machine: what went wrong, where, on every CPU, then QEMU's exit port or a halt.
#pragma once

#include "base/format.hpp"
#include "nucleus/arch/x86_64/trap.hpp"

namespace hinge::nucleus {

inline constexpr u16 exit_port = 0xf4;     ///< isa-debug-exit: QEMU ends with (value << 1) | 1.
inline constexpr u8 exit_panic = 0x55;     ///< Status 171.

/// Prints text and backtrace, stops the other CPUs by NMI with their backtraces, and ends the machine.
[[noreturn]] void panic_with(std::string_view text);
/// The same about a trap: registers, and the backtrace of what was interrupted.
[[noreturn]] void panic_at(TrapFrame const& frame, std::string_view text);

/// Locks may be held by whoever panicked: reports must not wait for them.
bool panic_in_progress();

template <class... A>
[[noreturn, gnu::noinline]] void panic(FormatString<A...> format, A const&... arguments) {
  char line[256];
  panic_with(format_to(line, format, arguments...));
}

}  // namespace hinge::nucleus
