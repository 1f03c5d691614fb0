// Reading the #! line; pure text work.
#include "services/linux/process/script.hpp"

#include <algorithm>

namespace hinge::linux_service {

Attempt<> parse_script(std::string_view head, ScriptLine& line) {
  constexpr std::string_view blanks = " \t";
  head = head.substr(0, std::min(head.size(), script_line_bytes - 1));
  usize const newline = head.find('\n');
  bool const is_whole = newline != head.npos || head.size() < script_line_bytes - 1;
  std::string_view text = head.substr(0, newline);
  text = text.substr(0, text.find('\0'));
  std::copy(text.begin(), text.end(), line.text);

  usize const begin = text.find_first_not_of(blanks, 2);
  if (begin == text.npos) return fail(Errno::bad_executable);
  usize const end = std::min(text.find_first_of(blanks, begin), text.size());
  if (end == text.size() && !is_whole) return fail(Errno::bad_executable);  // A name cut off is another name.
  line.interpreter_at = u16(begin);
  line.interpreter_bytes = u16(end - begin);
  usize const argument = text.find_first_not_of(blanks, end);
  usize const last = text.find_last_not_of(blanks);
  if (argument != text.npos) line.argument_at = u16(argument), line.argument_bytes = u16(last + 1 - argument);
  return ok;
}

}  // namespace hinge::linux_service
