// Terminal settings as Linux programs see them (asm-generic/termbits.h, x86-64): the struct of TCGETS, its flags and
// control characters, and the settings terminals start with.
#pragma once

#include <array>

#include "base/types.hpp"

namespace hinge::linux_service {

/// c_iflag
namespace input_flag {
inline constexpr u32 break_signal = 0002, parity_mark = 0010, strip = 0040, nl_to_cr = 0100, ignore_cr = 0200,
                     cr_to_nl = 0400, to_lower = 01000, flow_out = 02000, any_restarts = 04000, flow_in = 010000,
                     bell_when_full = 020000, utf8 = 040000;
}
/// c_oflag
namespace output_flag {
inline constexpr u32 process = 0001, to_upper = 0002, nl_to_crnl = 0004, cr_to_nl = 0010, no_cr_at_start = 0020,
                     nl_is_return = 0040, tab_delay = 014000, expand_tabs = 014000;
}
/// c_cflag
namespace control_flag {
inline constexpr u32 baud_9600 = 015, baud_38400 = 017, baud_115200 = 010002, baud_mask = 010017, eight_bits = 060,
                     receiver = 0200, hang_up = 02000, local = 04000;
}
/// c_lflag
namespace local_flag {
inline constexpr u32 signals = 0001, canonical = 0002, echo = 0010, echo_erase = 0020, echo_kill = 0040, echo_nl = 0100,
                     no_flush = 0200, stop_background = 0400, echo_control = 01000, echo_printed = 02000,
                     echo_kill_erase = 04000, extended = 0100000;
}

/// Index into c_cc.
enum class ControlCharacter : u32 {
  interrupt, quit, erase, kill, end_of_file, time, minimum, switch_, start, stop, suspend, end_of_line, reprint, discard,
  erase_word, literal_next, end_of_line_2,
  count_ = 19
};

struct Termios {
  u32 input, output, control, local;
  u8 line;                                                   ///< Line discipline: 0, the only one.
  std::array<u8, u32(ControlCharacter::count_)> characters;  ///< 0: that character is disabled.

  [[nodiscard]] bool in(u32 flag) const { return input & flag; }
  [[nodiscard]] bool out(u32 flag) const { return output & flag; }
  [[nodiscard]] bool has(u32 flag) const { return local & flag; }
  [[nodiscard]] u8 operator[](ControlCharacter c) const { return characters[u32(c)]; }
  [[nodiscard]] bool is(ControlCharacter c, u8 byte) const { return byte != 0 && (*this)[c] == byte; }
};
static_assert(sizeof(Termios) == 36);

/// The struct of TCGETS2: with speeds as numbers.
struct Termios2 {
  Termios plain;
  u32 input_speed, output_speed;
};
static_assert(sizeof(Termios2) == 44);

/// The struct of TCGETA, older: the low halves of the flags, and the first characters.
struct ShortTermios {
  u16 input, output, control, local;
  u8 line;
  std::array<u8, 8> characters;

  static constexpr ShortTermios of(Termios const& t) {
    ShortTermios s{u16(t.input), u16(t.output), u16(t.control), u16(t.local), t.line, {}};
    for (u32 i = 0; i < s.characters.size(); ++i) s.characters[i] = t.characters[i];
    return s;
  }
  /// `t` with what this struct holds of it.
  [[nodiscard]] constexpr Termios put_into(Termios t) const {
    constexpr u32 high = 0xffff'0000;
    t.input = (t.input & high) | input;
    t.output = (t.output & high) | output;
    t.control = (t.control & high) | control;
    t.local = (t.local & high) | local;
    t.line = line;
    for (u32 i = 0; i < characters.size(); ++i) t.characters[i] = characters[i];
    return t;
  }
};
static_assert(sizeof(ShortTermios) == 18);

/// What becomes of `now` when somebody wants it to be `wanted`: bits and characters that `locked` names stay
/// (TIOCSLCKTRMIOS, ioctl_tty(2)).
constexpr Termios change_unlocked(Termios const& now, Termios wanted, Termios const& locked) {
  auto const change = [](u32 old, u32 fresh, u32 kept) { return (old & kept) | (fresh & ~kept); };
  wanted.input = change(now.input, wanted.input, locked.input);
  wanted.output = change(now.output, wanted.output, locked.output);
  wanted.control = change(now.control, wanted.control, locked.control);
  wanted.local = change(now.local, wanted.local, locked.local);
  for (u32 i = 0; i < wanted.characters.size(); ++i)
    if (locked.characters[i]) wanted.characters[i] = now.characters[i];
  return wanted;
}

/// The struct of TIOCGWINSZ.
struct WindowSize {
  u16 rows, columns, x_pixels, y_pixels;
  friend bool operator==(WindowSize const&, WindowSize const&) = default;
};
static_assert(sizeof(WindowSize) == 8);

/// What a terminal starts with: canonical, echoing, ^C ^\ ^Z, erase is DEL. `control` tells the kinds apart.
constexpr Termios initial_termios(u32 control) {
  using namespace local_flag;
  return {.input = input_flag::cr_to_nl | input_flag::flow_out,
          .output = output_flag::process | output_flag::nl_to_crnl,
          .control = control,
          .local = signals | canonical | echo | echo_erase | echo_kill | echo_control | echo_kill_erase | extended,
          .line = 0,
          .characters = {3, 034, 0177, 025, 4, 0, 1, 0, 021, 023, 032, 0, 022, 017, 027, 026, 0, 0, 0}};
}
inline constexpr u32 serial_control =
    control_flag::baud_115200 | control_flag::eight_bits | control_flag::receiver | control_flag::hang_up | control_flag::local;
inline constexpr u32 pty_control = control_flag::baud_38400 | control_flag::eight_bits | control_flag::receiver;

}  // namespace hinge::linux_service
