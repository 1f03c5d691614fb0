// The nucleus' log: lines with time stamps in a ring, mirrored to the debug port 0xe9. The ring is read by absolute
// position: position p is byte p ever written, whoever reads.
#pragma once

#include <span>
#include <string_view>

#include "base/format.hpp"
#include "base/result.hpp"

namespace hinge::nucleus {

inline constexpr usize log_line_bytes = 320;

/// One line of text, without its line feed; gets a time stamp. Cut at log_line_bytes. Any context, any CPU.
void log_line(std::string_view text);

template <class... A>
void log(FormatString<A...> format, A const&... arguments) {
  char line[log_line_bytes];
  log_line(format_to(line, format, arguments...));
}

/// Bytes from absolute position `at` on; how many were copied. not_found: older than the ring holds.
Result<usize> log_read(u64 at, std::span<char> to);
/// Position after the newest byte, and of the oldest one still there.
u64 log_end();
u64 log_begin();

}  // namespace hinge::nucleus
