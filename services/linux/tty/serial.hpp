// SerialTerminal: a terminal on a line of the console service. Two exist: ttyS0, which is also /dev/console, and ttyS1.
// The console's upcall (ConsoleSignal::Ready) moves received bytes in and queued bytes out.
#pragma once

#include "iface/console.hpp"
#include "services/linux/tty/terminal.hpp"

namespace hinge::linux_service {

class SerialTerminal final : public Terminal {
 public:
  static constexpr u32 major = 4, first_minor = 64;

  /// `line` is the console service's number; `console` lives forever.
  SerialTerminal(Port<Console> const& console, u64 line)
      : Terminal{major, first_minor + u32(line), initial_termios(serial_control)}, console_{console}, line_{line} {}

  /// Something about the line has changed: takes what came, sends what waits.
  void serve();

 protected:
  void push_output() HINGE_REQUIRES(lock_) override;
  void input_taken() HINGE_REQUIRES(lock_) override { pull_input(); }
  bool drained() HINGE_REQUIRES(lock_) override;
  void discard_output() HINGE_REQUIRES(lock_) override;

 private:
  void pull_input() HINGE_REQUIRES(lock_);

  Port<Console> const& console_;
  u64 const line_;
  // Received bytes that the discipline had no room for. While there are some, none are read from the console.
  u8 held_[256] HINGE_GUARDED_BY(lock_){};
  usize held_begin_ HINGE_GUARDED_BY(lock_) = 0, held_end_ HINGE_GUARDED_BY(lock_) = 0;
  bool pulling_ HINGE_GUARDED_BY(lock_) = false;
};

/// The serial lines and their upcall.
class SerialLines {
 public:
  Port<Console> console;

  /// Makes a terminal for each line that the console has. no_memory.
  Result<> start();
  /// Null when there is no such line.
  [[nodiscard]] SerialTerminal* line(u64 number) const { return number < Console::max_lines ? lines_[number] : nullptr; }

  Result<> on(ConsoleSignal::Ready const&, Caller const&);

 private:
  SerialTerminal* lines_[Console::max_lines] = {};  ///< Written by start alone.
};

/// The personality's; main.cpp lists its port and its upcall in the image.
extern SerialLines serial_lines;

}  // namespace hinge::linux_service
