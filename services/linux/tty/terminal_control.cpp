// ioctl(2) on terminals.
#include "services/linux/tty/terminal.hpp"

namespace hinge::linux_service {
namespace {

/// c_cflag's codes for the usual speeds (asm-generic/termbits.h), for the struct that has speeds as numbers.
constexpr struct { u32 code, speed; } speeds[] = {
    {0, 0}, {1, 50}, {2, 75}, {3, 110}, {4, 134}, {5, 150}, {6, 200}, {7, 300}, {8, 600}, {9, 1200}, {012, 1800}, {013, 2400},
    {014, 4800}, {015, 9600}, {016, 19200}, {017, 38400}, {010001, 57600}, {010002, 115200}, {010003, 230400},
};
u32 speed_of(Termios const& t) {
  for (auto const& s : speeds)
    if (s.code == (t.control & control_flag::baud_mask)) return s.speed;
  return 38400;
}

}  // namespace

Value Terminal::get_settings(Thread& self, TerminalRequest request, u64 argument) {
  using enum TerminalRequest;
  Termios2 t{};
  {
    Guard guard{lock_};
    t.plain = request == get_locked ? locked_ : discipline_.settings();
  }
  if (request == get_short) {
    ATTEMPT(copy_to_user(self, UserAddr{argument}, ShortTermios::of(t.plain)));
    return 0;
  }
  t.input_speed = t.output_speed = speed_of(t.plain);
  ATTEMPT(copy_to_user(self, UserAddr{argument}, &t, request == get_2 ? sizeof(Termios2) : sizeof(Termios)));
  return 0;
}

/// true: all output has left. false: the caller is on the queue and must block.
Attempt<bool> Terminal::wait_for_drain(Thread& self) {
  Guard guard{lock_};
  push_output();
  if (drained()) return true;
  ATTEMPT(writers_.enqueue(self));
  return false;
}

/// What a request of any form wants the settings to be.
Attempt<Termios> Terminal::wanted_settings(Thread& self, TerminalRequest request, UserAddr from) {
  using enum TerminalRequest;
  Termios t;
  if (request != set_short && request != set_short_after_drain && request != set_short_after_flush) {
    ATTEMPT(copy_from_user(self, t, from));
    return t;
  }
  ShortTermios part;
  ATTEMPT(copy_from_user(self, part, from));
  Guard guard{lock_};
  return part.put_into(discipline_.settings());
}

Value Terminal::set_settings(Thread& self, TerminalRequest request, u64 argument) {
  using enum TerminalRequest;
  if (Attempt<> const may = check_foreground(self, Background::changing); !may) return may.error();
  Termios t = ATTEMPT(wanted_settings(self, request, UserAddr{argument}));
  if (request != TerminalRequest::set && request != set_2 && request != set_short) {
    bool const now = ATTEMPT(wait_for_drain(self));
    if (!now) return self.block();
  }
  Guard guard{lock_};
  t = change_unlocked(discipline_.settings(), t, locked_);
  t.line = 0;
  if (request == set_after_flush || request == set_2_after_flush || request == set_short_after_flush) {
    discipline_.flush_input();
    input_taken();
  }
  discipline_.set(t);
  push_output();
  // What was half a line may be readable now.
  if (discipline_.readable()) {
    readers_.wake_all();
    poll.notify(ready::readable);
  }
  return 0;
}

Value Terminal::control_flow(Flow what) {
  Guard guard{lock_};
  switch (what) {
    case Flow::stop_output: discipline_.stop(true); return 0;
    case Flow::start_output:
      discipline_.stop(false);
      push_output();
      return 0;
    case Flow::send_stop:
    case Flow::send_start: {
      u8 const c = discipline_.settings()[what == Flow::send_stop ? ControlCharacter::stop : ControlCharacter::start];
      Termios raw = discipline_.settings();
      raw.output = 0;
      if (c) (void)discipline_.output.write({&c, 1}, raw);
      push_output();
      return 0;
    }
  }
  return Errno::invalid;
}

Value Terminal::flush_queue(Queue what) {
  if (what > Queue::both) return Errno::invalid;
  Guard guard{lock_};
  if (what != Queue::output) {
    discipline_.flush_input();
    input_taken();
  }
  if (what != Queue::input) {
    discard_output();
    output_left();
  }
  return 0;
}

Value Terminal::control(Thread& self, u32 number, u64 argument, u32 epoch) {
  using enum TerminalRequest;
  TerminalRequest const request{number};
  if (is_over(epoch)) return request == set_group ? Errno::not_terminal : Errno::io;
  UserAddr const at{argument};
  switch (request) {
    case TerminalRequest::get: case get_2: case get_short: case get_locked: return get_settings(self, request, argument);
    case set_locked: {
      if (!self.credentials->has(Capability::sys_admin)) return Errno::not_permitted;
      Termios locks;
      ATTEMPT(copy_from_user(self, locks, at));
      Guard guard{lock_};
      locked_ = locks;
      return 0;
    }
    case TerminalRequest::set: case set_after_drain: case set_after_flush:
    case set_short: case set_short_after_drain: case set_short_after_flush:
    case set_2: case set_2_after_drain: case set_2_after_flush: return set_settings(self, request, argument);
    case send_break: case send_break_posix: {
      if (Attempt<> const may = check_foreground(self, Background::changing); !may) return may.error();
      bool const now = ATTEMPT(wait_for_drain(self));
      return now ? Value{0} : self.block();
    }
    case TerminalRequest::flow: return control_flow(Flow{argument});
    case TerminalRequest::flush:
      if (Attempt<> const may = check_foreground(self, Background::changing); !may) return may.error();
      return flush_queue(Queue{argument});
    case exclusive: case shared: {
      Guard guard{lock_};
      exclusive_ = request == exclusive;
      return 0;
    }
    case TerminalRequest::become_controlling: return claim(self, argument == 1);
    case TerminalRequest::give_up_controlling: return give_up(self);
    case get_group: return tell_foreground(self, argument, false);
    case get_session: return tell_foreground(self, argument, true);
    case set_group: {
      i32 group;
      ATTEMPT(copy_from_user(self, group, at));
      return set_foreground(self, group);
    }
    case get_size: {
      WindowSize size;
      {
        Guard guard{lock_};
        size = size_;
      }
      ATTEMPT(copy_to_user(self, at, size));
      return 0;
    }
    case set_size: ATTEMPT(resize(self, at)); return 0;
    case input_queue: case output_queue: {
      i32 bytes;
      {
        Guard guard{lock_};
        bytes = i32(request == input_queue ? discipline_.readable_bytes() : discipline_.output.size());
      }
      ATTEMPT(copy_to_user(self, at, bytes));
      return 0;
    }
    case get_discipline: ATTEMPT(copy_to_user(self, at, i32{0})); return 0;
    default: return control_more(self, number, argument);
  }
}

}  // namespace hinge::linux_service
