#include "services/linux/tty/output.hpp"

namespace hinge::linux_service {

using namespace output_flag;

/// One byte into the ring, processed. false, and nothing changed, when it does not fit.
bool TerminalOutput::process(u8 byte, Termios const& t) {
  if (ring_.room() < 8) return false;
  if (!t.out(output_flag::process)) return ring_.push(byte);
  switch (byte) {
    case '\n':
      if (t.out(nl_to_crnl)) ring_.push('\r');
      if (t.out(nl_to_crnl | nl_is_return)) column_ = 0;
      line_start_ = column_;
      break;
    case '\r':
      if (t.out(no_cr_at_start) && column_ == 0) return true;
      if (t.out(cr_to_nl)) byte = '\n';
      if (!t.out(cr_to_nl) || t.out(nl_is_return)) line_start_ = column_ = 0;
      break;
    case '\t': {
      u32 const spaces = 8 - column_ % 8;
      column_ += spaces;
      if ((t.output & tab_delay) != expand_tabs) break;
      for (u32 i = 0; i < spaces; ++i) ring_.push(' ');
      return true;
    }
    case '\b':
      if (column_) --column_;
      break;
    default:
      if (is_control(byte)) break;
      if (t.out(to_upper) && byte >= 'a' && byte <= 'z') byte = u8(byte - 'a' + 'A');
      if (!is_continuation(byte, t)) ++column_;
  }
  return ring_.push(byte);
}

usize TerminalOutput::write(std::span<u8 const> from, Termios const& t) {
  if (!t.out(output_flag::process)) {
    usize const room = writable() ? ring_.room() - reserve : 0;
    return ring_.push(from.first(std::min(from.size(), room)));
  }
  usize taken = 0;
  while (taken < from.size() && writable() && process(from[taken], t)) ++taken;
  return taken;
}

void TerminalOutput::echo(u8 byte, Termios const& t) { (void)process(byte, t); }

void TerminalOutput::echo_visible(u8 byte, Termios const& t) {
  if (t.has(local_flag::echo_control) && is_control(byte) && byte != '\t') {
    // Not processed by c_oflag, and counted even where that is off: as Linux does.
    if (ring_.room() < 2) return;
    ring_.push('^');
    ring_.push(byte ^ 0100);
    column_ += 2;
  } else {
    echo(byte, t);
  }
}

void TerminalOutput::erase_tab(u32 columns, bool after_tab) {
  if (!after_tab) columns += line_start_;
  for (u32 spaces = 8 - columns % 8; spaces; --spaces) {
    ring_.push('\b');
    if (column_) --column_;
  }
}

}  // namespace hinge::linux_service
