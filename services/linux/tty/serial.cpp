#include "services/linux/tty/serial.hpp"

namespace hinge::linux_service {

constinit SerialLines serial_lines;

void SerialTerminal::serve() {
  Guard guard{lock_};
  pull_input();
  push_output();
  // The line itself may have run empty, which drainers wait for.
  output_left();
}

void SerialTerminal::pull_input() {
  // receive() comes back here when a signal has flushed the input.
  if (pulling_) return;
  pulling_ = true;
  for (;;) {
    while (held_begin_ < held_end_) {
      usize const taken = receive({held_ + held_begin_, held_end_ - held_begin_});
      held_begin_ += taken;
      if (taken == 0) break;
    }
    if (held_begin_ < held_end_) break;
    held_begin_ = held_end_ = 0;
    auto const got = console_.on(Console::Read{{reinterpret_cast<u64>(held_), sizeof held_, 1}, line_}, Caller{});
    if (!got || *got == 0 || *got > sizeof held_) break;
    held_end_ = *got;
  }
  pulling_ = false;
}

void SerialTerminal::push_output() {
  bool moved = false;
  while (!discipline_.stopped()) {
    auto const front = discipline_.output.front();
    if (front.empty()) break;
    auto const sent = console_.on(Console::Write{{reinterpret_cast<u64>(front.data()), u32(front.size()), 0}, line_}, Caller{});
    // A console that is gone, or a line that failed, swallows output as an unplugged line does.
    usize const taken = sent ? std::min<usize>(*sent, front.size()) : sent.error() == Error::would_block ? 0 : front.size();
    if (taken == 0) break;
    discipline_.output.drop(taken);
    moved = true;
  }
  if (moved) output_left();
}

bool SerialTerminal::drained() {
  if (discipline_.output.size()) return false;
  auto const done = console_.on(Console::Drained{line_}, Caller{});
  return done || done.error() != Error::would_block;
}

void SerialTerminal::discard_output() {
  discipline_.output.clear();
  (void)console_.on(Console::Discard{line_}, Caller{});
}

Result<> SerialLines::start() {
  auto const there = console.on(Console::Lines{}, Caller{});
  // Without a console service programs run all the same, with nothing behind /dev/console.
  if (!there) return ok;
  for (u64 i = 0; i < Console::max_lines; ++i) {
    if (!(there->present >> i & 1)) continue;
    lines_[i] = host::make<SerialTerminal>(console, i);
    if (!lines_[i]) return fail(Error::no_memory);
    lines_[i]->serve();
  }
  return ok;
}

Result<> SerialLines::on(ConsoleSignal::Ready const&, Caller const&) {
  for (SerialTerminal* line : lines_)
    if (line) line->serve();
  return ok;
}

}  // namespace hinge::linux_service
