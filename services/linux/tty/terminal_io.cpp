// Reading from and writing to a terminal, and waiting for it.
#include <algorithm>

#include "services/linux/time/time_page.hpp"
#include "services/linux/tty/terminal.hpp"

namespace hinge::linux_service {
namespace {

/// Room for one read: a whole line always fits, so that no two readers share one. Small reads stay on the stack.
class Scratch {
 public:
  explicit Scratch(usize wanted) : bytes_{std::min<usize>(wanted, 4096)}, at_{bytes_ <= sizeof small_ ? small_ : static_cast<u8*>(host::allocate(bytes_))} {}
  Scratch(Scratch const&) = delete;
  ~Scratch() { if (at_ != small_) host::release(at_); }
  [[nodiscard]] std::span<u8> span() const { return {at_, at_ ? bytes_ : 0}; }
  [[nodiscard]] bool there() const { return at_; }

 private:
  u8 small_[256];
  usize bytes_;
  u8* at_;
};

constexpr u64 tenth_ns = 100'000'000;

/// All of `bytes` to the caller, with pages made present as needed.
Attempt<> put_all(Thread& self, Transfer& into, std::span<u8 const> bytes) {
  while (!bytes.empty()) {
    usize const moved = into.put(bytes.data(), bytes.size());
    bytes = bytes.subspan(moved);
    if (!bytes.empty()) ATTEMPT(into.populate(self, true));
  }
  return ok;
}

}  // namespace

/// true: there is something to take, or (raw mode) the time is up. false: the caller is on the queue and must block.
/// Raw mode's rules are POSIX' four cases of MIN and TIME (XBD 11.1.7).
Attempt<bool> Terminal::wait_for_input(Thread& self, usize wanted, bool nonblocking) {
  Termios const& t = discipline_.settings();
  if (!t.has(local_flag::canonical)) {
    u32 const minimum = t[ControlCharacter::minimum];
    u64 const time_ns = t[ControlCharacter::time] * tenth_ns;
    Request& request = self.request;
    if (discipline_.readable(u32(std::min<usize>({minimum, wanted, 4095})))) return true;
    if (request.timed_out() || (minimum == 0 && time_ns == 0)) return true;
    if (nonblocking && discipline_.readable()) return true;
    // With a minimum, the time runs between bytes, so each one starts it anew; without, it runs from the start.
    if (minimum == 0 ? request.first() : time_ns != 0 && discipline_.readable()) request.deadline_ns = now_ns() + time_ns;
  } else if (discipline_.readable()) {
    return true;
  }
  if (nonblocking) return fail(Errno::again);
  ATTEMPT(readers_.enqueue(self));
  return false;
}

Value Terminal::read(Thread& self, Transfer& into, bool nonblocking, u32 epoch) {
  if (!into.left()) return 0;
  ATTEMPT(check_foreground(self, Background::reading));
  Scratch scratch{into.left()};
  if (!scratch.there()) return Errno::no_memory;
  usize taken = 0;
  bool now;
  {
    Guard guard{lock_};
    if (is_over(epoch)) return 0;
    now = ATTEMPT(wait_for_input(self, into.left(), nonblocking));
    if (now) {
      taken = discipline_.take(scratch.span()).bytes;
      input_taken();
    }
  }
  if (!now) return self.block(self.request.deadline_ns);
  ATTEMPT(put_all(self, into, scratch.span().first(taken)));
  return into.done();
}

Value Terminal::write(Thread& self, Transfer& from, bool nonblocking, u32 epoch) {
  ATTEMPT(check_foreground(self, Background::writing));
  from.skip(self.request.progress);
  while (from.left()) {
    bool faulted = false;
    {
      Guard guard{lock_};
      if (is_over(epoch)) return Errno::io;
      u8 piece[512];
      usize const room = std::min(discipline_.output.certain_room(discipline_.settings()), sizeof piece);
      if (room == 0) {
        if (nonblocking || self.interrupted()) {
          if (from.done()) return from.done();
          if (nonblocking) return Errno::again;
        }
        ATTEMPT(writers_.enqueue(self));
        self.request.progress = from.done();
        break;
      }
      usize const wanted = std::min(room, from.left());
      usize const got = from.take(piece, wanted);
      (void)discipline_.output.write({piece, got}, discipline_.settings());
      push_output();
      faulted = got < wanted;
    }
    if (faulted && !from.populate(self, false)) return from.done() ? Value{from.done()} : Value{Errno::bad_address};
  }
  if (!from.left()) return from.done();
  Value const waits = self.block();
  // A signal came just now: what has been written counts, and must not be written again.
  return waits.is_error() && from.done() ? Value{from.done()} : waits;
}

u32 Terminal::ready(u32 epoch) {
  Guard guard{lock_};
  if (is_over(epoch)) return ready::readable | ready::writable | ready::hang_up | ready::error;
  Termios const& t = discipline_.settings();
  u32 const minimum = t[ControlCharacter::time] ? 1 : t[ControlCharacter::minimum];
  return (discipline_.readable(minimum) ? ready::readable : 0) | (discipline_.output.writable() ? ready::writable : 0);
}

}  // namespace hinge::linux_service
