// TerminalOutput: the output half of the line discipline. What programs write and what input echoes passes through it:
// processed by c_oflag (POSIX.1-2017, XBD 11.2.3), with the cursor's column kept so that tabs can be expanded and erased.
// The bytes wait in a queue until the device, or the master side of a pseudo-terminal, takes them.
#pragma once

#include <span>

#include "base/ring.hpp"
#include "services/linux/tty/termios.hpp"

namespace hinge::linux_service {

class TerminalOutput {
 public:
  /// Queues what a program writes; returns how many bytes of it were taken: fewer than given when the queue is full.
  usize write(std::span<u8 const> from, Termios const& t);
  /// Queues one echoed byte. Writers leave a reserve for echo; when that is used up, too, the echo is lost.
  void echo(u8 byte, Termios const& t);
  /// The same, with control characters as ^X when c_lflag wants it.
  void echo_visible(u8 byte, Termios const& t);
  /// Rubs out a tab that was echoed after `columns` columns since the last tab, or since the line's start.
  void erase_tab(u32 columns, bool after_tab);
  /// An echoed line starts here: from here on columns count towards erase_tab.
  void mark_line_start() { line_start_ = column_; }

  [[nodiscard]] std::span<u8 const> front() const { return ring_.front(); }
  void drop(usize count) { ring_.drop(count); }
  usize pop(std::span<u8> to) { return ring_.pop(to); }
  void clear() { ring_.clear(); }
  [[nodiscard]] u32 size() const { return ring_.size(); }
  /// So many bytes write() takes for certain, whatever they are.
  [[nodiscard]] usize certain_room(Termios const& t) const {
    u32 const room = writable() ? ring_.room() - reserve : 0;
    return t.out(output_flag::process) ? (room + 7) / 8 : room;
  }
  /// Whether write() would take a byte.
  [[nodiscard]] bool writable() const { return ring_.room() > reserve; }

 private:
  static constexpr u32 reserve = 1024;  ///< For echo; and one written byte becomes at most 8.
  bool process(u8 byte, Termios const& t);

  ByteRing<8192> ring_;
  u32 column_ = 0;
  u32 line_start_ = 0;
};

constexpr bool is_control(u8 byte) { return byte < 0x20 || byte == 0x7f; }
/// A byte of a UTF-8 sequence after its first (RFC 3629): takes no column of its own.
constexpr bool is_continuation(u8 byte, Termios const& t) { return (t.input & input_flag::utf8) && (byte & 0xc0) == 0x80; }

}  // namespace hinge::linux_service
