// splice, tee and vmsplice: between a pipe and another file, by copying a piece at a time. Nothing is taken out of a pipe
// before there is room for it on the other side, so that an interrupted call loses nothing.
#include "host/pages.hpp"
#include "services/linux/core/syscall.hpp"
#include "services/linux/files/io.hpp"
#include "services/linux/files/pipe.hpp"
#include "services/linux/files/user_path.hpp"
#include "services/linux/files/vectors.hpp"
#include "services/linux/signal/send.hpp"

namespace hinge::linux_service {
namespace {

constexpr u32 do_not_wait = 2, known_flags = 15;

struct Page {
  Page() : at{static_cast<char*>(host::allocate_page(host::Contents::any))} {}
  Page(Page const&) = delete;
  ~Page() { if (at) host::free_page(at); }
  char* at;
};

/// One end of the call: a file and where in it, if it can seek.
struct Side {
  File& file;
  u64 at = 0;
  UserAddr tell{};             ///< Where the new offset goes; null: the file's position moves.
};

Attempt<> place(Thread& self, Side& side, UserAddr offset) {
  if (offset.raw() && side.file.pipe()) return fail(Errno::illegal_seek);
  if (offset.raw() && !side.file.seekable()) return fail(Errno::invalid);
  side.tell = offset;
  side.at = side.file.position.load(std::memory_order_relaxed);
  if (!offset.raw()) return ok;
  ATTEMPT(copy_from_user(self, side.at, offset));
  if (i64(side.at) < 0) return fail(Errno::invalid);
  return ok;
}

Attempt<> moved(Thread& self, Side const& side, u64 bytes) {
  if (side.file.pipe() || !side.file.seekable()) return ok;
  if (side.tell.raw()) return copy_to_user(self, side.tell, side.at + bytes);
  side.file.position.store(side.at + bytes, std::memory_order_relaxed);
  return ok;
}

/// Waits for a pipe: whatever it has to tell wakes. The caller looks again from the start.
Value wait_for(Thread& self, Pipe& pipe, bool reads) {
  ATTEMPT(pipe.source.waiters.enqueue(self));
  // What came true between the look and now would not wake us.
  bool const goes_on = reads ? pipe.queued() || !pipe.ends().writers : pipe.queued() < pipe.capacity() || !pipe.ends().readers;
  if (goes_on) return self.leave_all(), Errno::restart_always;
  return self.block();
}

/// As much as the target has room for at this moment; blocked or again when that is nothing.
Value room_in(Thread& self, Pipe& pipe, bool waits) {
  if (pipe.ends().readers == 0) {
    (void)send_signal(self, from_kernel(Signal::pipe));
    return Errno::broken_pipe;
  }
  u64 const used = pipe.queued(), capacity = pipe.capacity();
  if (used < capacity) return capacity - used;
  return waits ? wait_for(self, pipe, false) : Value{Errno::again};
}

/// As much as there is to take; 0 at the end.
Value there_in(Thread& self, Pipe& pipe, bool waits) {
  if (u64 const queued = pipe.queued()) return queued;
  if (pipe.ends().writers == 0) return 0;
  return waits ? wait_for(self, pipe, true) : Value{Errno::again};
}

/// Copies up to `bytes`, which both sides can do without waiting for a pipe.
Value transfer(Thread& self, Side& from, Side& to, u64 bytes) {
  Page const page;
  if (!page.at) return Errno::no_memory;
  u64 done = 0;
  while (done < bytes) {
    Transfer in = Transfer::slot(page.at, std::min<u64>(page_bytes, bytes - done));
    Value const got = from.file.read(self, in, from.at + done);
    if (got.kind() != Value::Kind::result || got.number() == 0) return done ? Value{done} : got;
    Transfer out = Transfer::slot(page.at, got.number());
    self.request.progress = 0;
    Value const put = to.file.write(self, out, to.at + done);
    self.request.progress = 0;
    if (put.kind() != Value::Kind::result) return done ? Value{done} : put;
    done += put.number();
    if (put.number() < got.number() || got.number() < page_bytes) break;
  }
  return done;
}

Attempt<Pipe*> pipe_at(Thread& self, i32 fd, Ref<File>& file, bool reads) {
  file = ATTEMPT(file_at(self, fd));
  if (reads ? !file->readable() : !file->writable()) return fail(Errno::bad_descriptor);
  return file->pipe();
}

}  // namespace

Value sys_splice(Thread& self, Args const& a) {
  Ref<File> in, out;
  if (a.word(5) & ~known_flags) return Errno::invalid;
  Pipe* const from_pipe = ATTEMPT(pipe_at(self, a.integer(0), in, true));
  Pipe* const to_pipe = ATTEMPT(pipe_at(self, a.integer(2), out, false));
  if ((!from_pipe && !to_pipe) || from_pipe == to_pipe || out->flags() & open_flag::append) return Errno::invalid;
  Side from{*in}, to{*out};
  ATTEMPT(place(self, from, a.address(1)));
  ATTEMPT(place(self, to, a.address(3)));
  u64 bytes = std::min<u64>(a[4], most_bytes);
  if (!bytes) return 0;
  bool const waits = !(a.word(5) & do_not_wait);
  if (from_pipe) {
    Value const there = there_in(self, *from_pipe, waits && !in->nonblocking());
    if (there.kind() != Value::Kind::result || !there.number()) return there;
    bytes = std::min(bytes, there.number());
  }
  if (to_pipe) {
    Value const room = room_in(self, *to_pipe, waits && !out->nonblocking());
    if (room.kind() != Value::Kind::result) return room;
    bytes = std::min(bytes, room.number());
  }
  Value const done = transfer(self, from, to, bytes);
  if (done.kind() != Value::Kind::result) return done;
  ATTEMPT(moved(self, from, done.number()));
  ATTEMPT(moved(self, to, done.number()));
  return done;
}

Value sys_tee(Thread& self, Args const& a) {
  Ref<File> in, out;
  if (a.word(3) & ~known_flags) return Errno::invalid;
  Pipe* const from = ATTEMPT(pipe_at(self, a.integer(0), in, true));
  Pipe* const to = ATTEMPT(pipe_at(self, a.integer(1), out, false));
  if (!from || !to || from == to) return Errno::invalid;
  if (!a[2]) return 0;
  bool const waits = !(a.word(3) & do_not_wait);
  Value const there = there_in(self, *from, waits && !in->nonblocking());
  if (there.kind() != Value::Kind::result || !there.number()) return there;
  Value const room = room_in(self, *to, waits && !out->nonblocking());
  if (room.kind() != Value::Kind::result) return room;
  u64 const bytes = std::min({std::min<u64>(a[2], most_bytes), there.number(), room.number()});
  Page const page;
  if (!page.at) return Errno::no_memory;
  u64 done = 0;
  while (done < bytes) {
    usize const n = from->peek(page.at, done, std::min<u64>(page_bytes, bytes - done));
    if (!n) break;
    Transfer copy = Transfer::slot(page.at, n);
    Value const put = to->write(self, copy, true);
    self.request.progress = 0;
    if (put.kind() != Value::Kind::result) return done ? Value{done} : put;
    done += put.number();
    if (put.number() < n) break;
  }
  return done;
}

Value sys_vmsplice(Thread& self, Args const& a) {
  if (a.word(3) & ~known_flags) return Errno::invalid;
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  Pipe* const pipe = file->pipe();
  if (!pipe) return Errno::bad_descriptor;
  Vectors v;
  ATTEMPT(v.read(self, a.address(1), a[2]));
  Transfer piece = v.transfer();
  bool const waits = !(a.word(3) & do_not_wait) && !file->nonblocking();
  return file->writable() ? pipe->write(self, piece, !waits) : pipe->read(self, piece, !waits);
}

}  // namespace hinge::linux_service
