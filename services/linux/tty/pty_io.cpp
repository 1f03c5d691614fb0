// Bytes between the two ends of a pseudo-terminal.
#include <algorithm>

#include "services/linux/tty/pty.hpp"

namespace hinge::linux_service {

void Pty::push_output() {
  if (!discipline_.output.size() || discipline_.stopped()) return;
  master_readers_.wake_all();
  master_poll.notify(ready::readable);
}

void Pty::input_taken() {
  if (discipline_.full()) return;
  master_writers_.wake_all();
  master_poll.notify(ready::writable);
}

Value Pty::master_read(Thread& self, Transfer& into, bool nonblocking) {
  if (!into.left()) return 0;
  u8 piece[512];
  while (into.left()) {
    usize got;
    bool ended;
    {
      Guard guard{lock_};
      got = discipline_.stopped() ? 0 : discipline_.output.pop({piece, std::min(into.left(), sizeof piece)});
      ended = was_opened_ && slaves_ == 0;
      if (got) output_left();
      else if (!into.done() && !ended && !nonblocking) ATTEMPT(master_readers_.enqueue(self));
    }
    if (!got) {
      if (into.done()) break;
      if (ended) return Errno::io;
      return nonblocking ? Value{Errno::again} : self.block();
    }
    for (usize done = 0; done < got;) {
      done += into.put(piece + done, got - done);
      if (done < got) ATTEMPT(into.populate(self, true));
    }
  }
  return into.done();
}

Value Pty::master_write(Thread& self, Transfer& from, bool nonblocking) {
  from.skip(self.request.progress);
  u8 piece[512];
  while (from.left()) {
    usize const wanted = std::min(from.left(), sizeof piece);
    usize const before = from.done();
    usize const got = from.peek(piece, wanted);  // The discipline may take fewer.
    if (got == 0) {
      if (!from.populate(self, false)) return before ? Value{before} : Value{Errno::bad_address};
      continue;
    }
    usize taken;
    {
      Guard guard{lock_};
      taken = receive({piece, got});
      if (taken == 0 && !nonblocking) ATTEMPT(master_writers_.enqueue(self));
    }
    from.skip(taken);
    if (taken) continue;
    if (nonblocking) return before ? Value{before} : Value{Errno::again};
    self.request.progress = before;
    Value const waits = self.block();
    return waits.is_error() && before ? Value{before} : waits;
  }
  return from.done();
}

u32 Pty::master_ready() {
  Guard guard{lock_};
  u32 bits = 0;
  if (discipline_.output.size() && !discipline_.stopped()) bits |= ready::readable;
  if (!discipline_.full()) bits |= ready::writable;
  if (was_opened_ && slaves_ == 0) bits |= ready::hang_up;
  return bits;
}

}  // namespace hinge::linux_service
