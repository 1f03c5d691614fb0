#include "services/linux/files/io.hpp"

#include "services/linux/events/inotify.hpp"

namespace hinge::linux_service {

Value transferred(File const& file, Value done, bool written) {
  if (inotify::any() && done.kind() == Value::Kind::result && done.number())
    inotify::tell_path(file.path(), written ? inotify::modify : inotify::access);
  return done;
}

namespace {

Value read_at_position(Thread& self, File& file, Transfer& into) {
  if (!file.seekable()) return file.read(self, into, 0);
  u64 const from = file.position.load(std::memory_order_relaxed);
  Value const done = file.read(self, into, from);
  if (done.kind() == Value::Kind::result && done.number()) {
    // Lost to another reader of the same position: what was read is still right, and the position is past it.
    u64 seen = from;
    file.position.compare_exchange_strong(seen, from + done.number(), std::memory_order_relaxed);
  }
  return done;
}

Value write_at_position(Thread& self, File& file, Transfer& from) {
  if (!file.seekable()) return file.write(self, from, 0);
  if (file.flags() & open_flag::append) return file.write(self, from, 0);
  // The range is claimed before it is written, so that two writers through one open file never overwrite each other.
  usize const bytes = from.left();
  u64 const at = file.position.fetch_add(bytes, std::memory_order_relaxed);
  Value const done = file.write(self, from, at);
  u64 const written = done.kind() == Value::Kind::result ? done.number() : 0;
  if (written != bytes) {
    u64 claimed = at + bytes;
    file.position.compare_exchange_strong(claimed, at + written, std::memory_order_relaxed);
  }
  return done;
}

}  // namespace

Value read_file(Thread& self, File& file, Transfer& into) {
  if (!file.readable()) return Errno::bad_descriptor;
  return transferred(file, read_at_position(self, file, into), false);
}

Value write_file(Thread& self, File& file, Transfer& from) {
  if (!file.writable()) return Errno::bad_descriptor;
  return transferred(file, write_at_position(self, file, from), true);
}

}  // namespace hinge::linux_service
