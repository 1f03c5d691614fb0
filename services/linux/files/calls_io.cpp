// read, write and their vector and positioned forms; lseek.
#include <algorithm>

#include "services/linux/core/syscall.hpp"
#include "services/linux/files/io.hpp"
#include "services/linux/files/user_path.hpp"
#include "services/linux/files/vectors.hpp"

namespace hinge::linux_service {
namespace {

enum class Direction { read, write };

Attempt<Transfer> single(UserAddr at, u64 bytes) {
  bytes = std::min<u64>(bytes, most_bytes);
  if (i64(bytes) < 0) return fail(Errno::invalid);
  if (!may_be_copied(at, bytes)) return fail(Errno::bad_address);
  return Transfer{at, bytes};
}

Value move(Thread& self, i32 fd, Transfer transfer, Direction direction) {
  FileInUse const file = ATTEMPT(file_in_use(self, fd));
  return direction == Direction::read ? read_file(self, *file, transfer) : write_file(self, *file, transfer);
}

/// At an offset of its own; the file's position stays. `again`: -1 means the position after all (preadv2).
Value move_at(Thread& self, i32 fd, Transfer transfer, i64 offset, Direction direction) {
  if (offset < 0) return Errno::invalid;
  FileInUse const file = ATTEMPT(file_in_use(self, fd));
  if (direction == Direction::read ? !file->readable() : !file->writable()) return Errno::bad_descriptor;
  if (!file->seekable()) return Errno::illegal_seek;
  bool const reads = direction == Direction::read;
  return transferred(*file, reads ? file->read(self, transfer, u64(offset)) : file->write(self, transfer, u64(offset)), !reads);
}

Value vectored(Thread& self, Args const& a, Direction direction) {
  Vectors v;
  ATTEMPT(v.read(self, a.address(1), a[2]));
  return move(self, a.integer(0), v.transfer(), direction);
}

Value vectored_at(Thread& self, Args const& a, Direction direction) {
  Vectors v;
  ATTEMPT(v.read(self, a.address(1), a[2]));
  return move_at(self, a.integer(0), v.transfer(), a.signed_long(3), direction);
}

/// RWF_ flags: hints are taken, RWF_NOWAIT and RWF_APPEND are not there.
Value vectored_2(Thread& self, Args const& a, Direction direction) {
  constexpr u32 high_priority = 1, data_sync = 2, sync = 4;
  if (a.word(5) & ~(high_priority | data_sync | sync)) return Errno::not_supported;
  return a.signed_long(3) == -1 ? vectored(self, a, direction) : vectored_at(self, a, direction);
}

}  // namespace

Value sys_read(Thread& self, Args const& a) {
  FileInUse const file = ATTEMPT(file_in_use(self, a.integer(0)));
  Transfer into = ATTEMPT(single(a.address(1), a[2]));
  return read_file(self, *file, into);
}

Value sys_write(Thread& self, Args const& a) {
  FileInUse const file = ATTEMPT(file_in_use(self, a.integer(0)));
  Transfer from = ATTEMPT(single(a.address(1), a[2]));
  return write_file(self, *file, from);
}

Value sys_pread64(Thread& self, Args const& a) {
  return move_at(self, a.integer(0), ATTEMPT(single(a.address(1), a[2])), a.signed_long(3), Direction::read);
}
Value sys_pwrite64(Thread& self, Args const& a) {
  return move_at(self, a.integer(0), ATTEMPT(single(a.address(1), a[2])), a.signed_long(3), Direction::write);
}
Value sys_readv(Thread& self, Args const& a) { return vectored(self, a, Direction::read); }
Value sys_writev(Thread& self, Args const& a) { return vectored(self, a, Direction::write); }
Value sys_preadv(Thread& self, Args const& a) { return vectored_at(self, a, Direction::read); }
Value sys_pwritev(Thread& self, Args const& a) { return vectored_at(self, a, Direction::write); }
Value sys_preadv2(Thread& self, Args const& a) { return vectored_2(self, a, Direction::read); }
Value sys_pwritev2(Thread& self, Args const& a) { return vectored_2(self, a, Direction::write); }

Value sys_lseek(Thread& self, Args const& a) {
  enum Whence : u32 { set, current, end, data, hole };
  FileInUse const file = ATTEMPT(file_in_use(self, a.integer(0)));
  if (file->is_path()) return Errno::bad_descriptor;
  if (!file->seekable()) return Errno::illegal_seek;
  if (a.word(2) > hole) return Errno::invalid;
  if (!file->has_position()) return 0;
  i64 const offset = a.signed_long(1);
  i64 base = 0;
  switch (a.word(2)) {
    case set: break;
    case current: base = i64(file->position.load(std::memory_order_relaxed)); break;
    case end: base = i64(ATTEMPT(file->seek(self, File::Seek::end, 0))); break;
    case data: case hole: {
      if (offset < 0) return Errno::no_device_or_address;
      u64 const found = ATTEMPT(file->seek(self, a.word(2) == data ? File::Seek::data : File::Seek::hole, u64(offset)));
      file->position.store(found, std::memory_order_relaxed);
      return found;
    }
  }
  i64 to;
  if (__builtin_add_overflow(base, offset, &to)) return Errno::overflow;
  if (to < 0) return Errno::invalid;
  file->position.store(u64(to), std::memory_order_relaxed);
  return to;
}

}  // namespace hinge::linux_service
