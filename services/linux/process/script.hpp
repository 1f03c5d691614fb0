// The first line of a script: #! interpreter [argument], as Linux reads it (execve(2)): one argument with its inner
// blanks, at most 255 bytes in all.
#pragma once

#include <string_view>

#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

inline constexpr usize script_line_bytes = 256;

struct ScriptLine {
  char text[script_line_bytes];
  u16 interpreter_at = 0, interpreter_bytes = 0, argument_at = 0, argument_bytes = 0;  ///< No argument: 0 bytes.

  [[nodiscard]] std::string_view interpreter() const { return {text + interpreter_at, interpreter_bytes}; }
  [[nodiscard]] std::string_view argument() const { return {text + argument_at, argument_bytes}; }
};

/// Whether these are the first bytes of a script.
constexpr bool is_script(std::string_view head) { return head.starts_with("#!"); }
/// bad_executable when there is no interpreter, or its name does not end within the line.
Attempt<> parse_script(std::string_view head, ScriptLine& line);

}  // namespace hinge::linux_service
