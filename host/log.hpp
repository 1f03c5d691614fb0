// Lines for the system's log, from any service: host::log("line {}: {}", number, reason). At most 256 bytes; what is
// beyond is cut off. The time stamp and the service's name are the nucleus' business.
#pragma once

#include <span>

#include "base/format.hpp"
#include "host/host.hpp"

namespace hinge::host {

template <class... A>
void log(FormatString<A...> format, A const&... arguments) {
  char line[256];
  std::string_view const text = format_to(std::span<char>{line}, format, arguments...);
  (void)log_write(text.data(), text.size());
}

}  // namespace hinge::host
