// Discipline: the line discipline of a terminal (POSIX.1-2017, XBD 11; details as Linux has them): received bytes become
// readable bytes, echo and signals. Pure: no locks, no host, no user memory, so that tests run it as it is. Its terminal
// (services/linux/tty/terminal.hpp) locks it, raises the signals and moves the bytes.
//
// Input lies in one ring of 4096 bytes:   tail_ ... canon_ ... head_
// In canonical mode [tail_, canon_) are whole lines and [canon_, head_) is the line being edited; in raw mode canon_ is
// not looked at and all is readable. A line's last byte is marked in ends_; an end of file is a marked 0.
#pragma once

#include <array>
#include <span>

#include "services/linux/tty/output.hpp"
#include "services/linux/tty/termios.hpp"

namespace hinge::linux_service {

class Discipline {
 public:
  constexpr explicit Discipline(Termios const& t) : settings_{t} {}

  /// What a received byte makes its terminal do.
  struct Effects {
    bool interrupt = false, quit = false, suspend = false;  ///< Signal the foreground group.
    bool flow = false;                                      ///< stopped() has changed.
  };
  /// Takes received bytes; returns how many. Fewer than given: the ring is full of unread input, offer them again later.
  usize receive(std::span<u8 const> bytes, Effects& effects);

  struct Taken {
    usize bytes;
    bool complete;   ///< The read is over: a line ended here, or (bytes 0) the end of file.
  };
  /// Canonical: up to one line. Raw: all there is, `complete` false. bytes 0 and not complete: nothing is readable.
  Taken take(std::span<u8> into);

  /// Whether take() has something. `minimum`: in raw mode, at least so many bytes.
  [[nodiscard]] bool readable(u32 minimum = 1) const;
  /// FIONREAD.
  [[nodiscard]] u32 readable_bytes() const;
  /// Whether receive() would refuse everything.
  [[nodiscard]] bool full() const;

  [[nodiscard]] Termios const& settings() const { return settings_; }
  /// New settings. What is in the ring stays: as one line for canonical mode, as plain bytes for raw mode. Without flow
  /// control output is no longer held back.
  void set(Termios const& t);
  void flush_input();

  /// Output is held back (^S, TCOOFF).
  [[nodiscard]] bool stopped() const { return stopped_; }
  void stop(bool on) { stopped_ = on; }

  TerminalOutput output;

 private:
  static constexpr u32 capacity = 4096;
  enum class Erase { character, word, line };

  void receive_one(u8 byte, Effects& e);
  bool signal(u8 byte, Effects& e);
  bool flow_control(u8 byte, Effects& e);
  bool edit(u8 byte);
  bool make_room();
  void erase(Erase kind);
  void erase_echo(u8 byte, Erase kind, u32 from, u32 to);
  void kill_line();
  void finish_erasing();
  void reprint(u8 byte);
  void append(u8 byte);
  void end_line(u8 byte);
  void echo_input(u8 byte);

  [[nodiscard]] u32 size() const { return head_ - tail_; }
  [[nodiscard]] u8& at(u32 position) { return bytes_[position % capacity]; }
  [[nodiscard]] bool ends(u32 position) const { return ends_[position % capacity / 64] >> (position % 64) & 1; }
  void mark(u32 position, bool on);
  [[nodiscard]] bool canonical() const { return settings_.has(local_flag::canonical); }
  [[nodiscard]] bool echoing() const { return settings_.has(local_flag::echo); }

  Termios settings_;
  std::array<u8, capacity> bytes_{};
  std::array<u64, capacity / 64> ends_{};
  u32 tail_ = 0, canon_ = 0, head_ = 0;  ///< Free-running.
  bool literal_next_ = false;
  bool erasing_ = false;                 ///< Between \ and / of a printing terminal's erase (ECHOPRT).
  bool stopped_ = false;
};

}  // namespace hinge::linux_service
