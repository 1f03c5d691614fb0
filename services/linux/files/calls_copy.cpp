// From file to file without the caller's memory: sendfile and copy_file_range, some pages at a time through our own.
#include "host/pages.hpp"
#include "services/linux/core/syscall.hpp"
#include "services/linux/files/io.hpp"
#include "services/linux/files/user_path.hpp"

namespace hinge::linux_service {
namespace {

/// Pages in a row to copy through.
class Room {
 public:
  Room() = default;
  Room(Room const&) = delete;
  ~Room() { give_back(); }
  /// At least one page; or false.
  bool take(u32 pages) {
    give_back();
    run_ = host::allocate_run(pages);
    return run_.first;
  }
  [[nodiscard]] char* at() const { return run_.first; }
  [[nodiscard]] u64 bytes() const { return run_.count * page_bytes; }

 private:
  void give_back() {
    for (u32 i = 0; i < run_.count; ++i) host::free_page(run_.first + i * page_bytes);
    run_ = {};
  }

  host::PageRun run_{};
};

/// Copies until `bytes` are done or one side has no more. When the target waits (a full pipe) the whole call is issued
/// again: `done` lives in the request, and what the target took of the page in progress lives there too.
Value copy(Thread& self, File& from, u64 from_at, File& to, u64* to_at, u64 bytes) {
  constexpr u32 row = 16;
  // More than a page only into what never waits: else it would have to be the same after a wait.
  bool const waits = !to.inode() || !to.inode()->is_regular();
  Room room;
  if (!room.take(1)) return Errno::no_memory;
  u64& done = self.words()[2];
  bytes = std::min<u64>(bytes, most_bytes);
  while (done < bytes) {
    if (!waits && done && room.bytes() == page_bytes && !room.take(row)) return done;
    Transfer in = Transfer::slot(room.at(), std::min<u64>(room.bytes(), bytes - done));
    Value const got = from.read(self, in, from_at + done);
    if (got.kind() != Value::Kind::result) return done ? Value{done} : got;
    u64 const n = got.number();
    if (n == 0) break;
    Transfer out = Transfer::slot(room.at(), n);
    Value const put = to_at ? to.write(self, out, *to_at + done) : write_file(self, to, out);
    if (put.kind() == Value::Kind::blocked) return put;
    self.request.progress = 0;
    if (put.kind() != Value::Kind::result) return done ? Value{done} : put;
    done += put.number();
    if (put.number() < n) break;
  }
  return done;
}

Attempt<u64> offset_from(Thread& self, UserAddr at, File const& file) {
  if (at.raw() == 0) return file.position.load(std::memory_order_relaxed);
  i64 offset;
  ATTEMPT(copy_from_user(self, offset, at));
  if (offset < 0) return fail(Errno::invalid);
  return u64(offset);
}

Attempt<> offset_to(Thread& self, UserAddr at, File& file, u64 offset) {
  if (at.raw()) return copy_to_user(self, at, offset);
  file.position.store(offset, std::memory_order_relaxed);
  return ok;
}

}  // namespace

Value sys_sendfile(Thread& self, Args const& a) {
  Ref<File> const from = ATTEMPT(file_at(self, a.integer(1))), to = ATTEMPT(file_at(self, a.integer(0)));
  if (!from->readable() || !to->writable()) return Errno::bad_descriptor;
  if (!from->seekable()) return a[2] ? Errno::illegal_seek : Errno::invalid;
  if (to->flags() & open_flag::append) return Errno::invalid;
  u64 const at = ATTEMPT(offset_from(self, a.address(2), *from));
  Value const done = copy(self, *from, at, *to, nullptr, a[3]);
  if (done.kind() == Value::Kind::result) ATTEMPT(offset_to(self, a.address(2), *from, at + done.number()));
  return done;
}

Value sys_copy_file_range(Thread& self, Args const& a) {
  if (a[5]) return Errno::invalid;
  Ref<File> const from = ATTEMPT(file_at(self, a.integer(0))), to = ATTEMPT(file_at(self, a.integer(2)));
  if (!from->readable() || !to->writable() || to->flags() & open_flag::append) return Errno::bad_descriptor;
  if (!from->inode() || !to->inode()) return Errno::invalid;
  if (from->inode()->is_directory() || to->inode()->is_directory()) return Errno::is_directory;
  if (!from->inode()->is_regular() || !to->inode()->is_regular()) return Errno::invalid;
  u64 const at = ATTEMPT(offset_from(self, a.address(1), *from));
  u64 to_at = ATTEMPT(offset_from(self, a.address(3), *to));
  if (from->inode() == to->inode() && at < to_at + a[4] && to_at < at + a[4]) return Errno::invalid;
  Value const done = copy(self, *from, at, *to, &to_at, a[4]);
  if (done.kind() != Value::Kind::result) return done;
  ATTEMPT(offset_to(self, a.address(1), *from, at + done.number()));
  ATTEMPT(offset_to(self, a.address(3), *to, to_at + done.number()));
  return done;
}

}  // namespace hinge::linux_service
