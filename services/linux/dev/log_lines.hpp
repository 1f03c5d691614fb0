// The system's log, line by line from the oldest that is still there: for /dev/kmsg and syslog(2).
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "host/host.hpp"

namespace hinge::linux_service {

class LogLines {
 public:
  static constexpr usize most_bytes = 384;  ///< Longer lines come in pieces.

  /// Starts at the oldest line, or behind the newest.
  enum class From { oldest, newest };
  explicit LogLines(From from);

  /// The next line without its end; false when there is none yet. The view lasts until the next call.
  bool next(std::string_view& line);
  /// Where the next line begins: a position in all that was ever logged.
  [[nodiscard]] u64 position() const { return position_; }

 private:
  Result<u64> read();
  u64 position_ = 0;
  char line_[most_bytes];
};

/// Position behind the newest byte of the log.
[[nodiscard]] u64 log_end();

/// "[   12.345678] text" taken apart; micros 0 and the whole line where there is no time stamp.
struct LogLine {
  explicit LogLine(std::string_view line);
  u64 micros = 0;
  std::string_view text;
};

}  // namespace hinge::linux_service
