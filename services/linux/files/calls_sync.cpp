// sync and its kin. Nothing that is in memory only has anywhere to be written; file systems that have are asked.
#include "services/linux/core/syscall.hpp"
#include "services/linux/files/user_path.hpp"

namespace hinge::linux_service {
namespace {

Value synchronize(Thread& self, i32 fd) {
  Ref<File> const file = ATTEMPT(file_at(self, fd));
  if (file->is_path()) return Errno::bad_descriptor;
  Inode const* const inode = file->inode();
  if (!inode || (!inode->is_regular() && !inode->is_directory())) return Errno::invalid;
  return file->synchronize(self);
}

}  // namespace

Value sys_sync(Thread&, Args const&) { return 0; }
Value sys_syncfs(Thread& self, Args const& a) { return ATTEMPT(file_at(self, a.integer(0)))->is_path() ? Errno::bad_descriptor : Value{0}; }
Value sys_fsync(Thread& self, Args const& a) { return synchronize(self, a.integer(0)); }
Value sys_fdatasync(Thread& self, Args const& a) { return synchronize(self, a.integer(0)); }

Value sys_sync_file_range(Thread& self, Args const& a) {
  if (a.word(3) & ~7u || a.signed_long(1) < 0 || a.signed_long(2) < 0) return Errno::invalid;
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  return file->seekable() ? Value{0} : Value{Errno::illegal_seek};
}

namespace {

/// A file's pages from a byte offset on; `bytes` 0: to the end.
void advise(File& file, File::Advice advice, u64 offset, u64 bytes) {
  u64 const end = bytes && offset + bytes >= offset ? offset + bytes : ~u64{0} - page_bytes;
  // Pages that lie in the range in part are worth reading and not to be dropped.
  bool const whole = advice == File::Advice::dont_need;
  u64 const first = (offset + (whole ? page_bytes - 1 : 0)) / page_bytes, last = (end + (whole ? 0 : page_bytes - 1)) / page_bytes;
  if (first < last) file.advise(advice, first, last);
}

}  // namespace

Value sys_fadvise64(Thread& self, Args const& a) {
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  if (file->is_path()) return Errno::bad_descriptor;
  if (file->pipe()) return Errno::illegal_seek;
  if (a.word(3) > u32(File::Advice::no_reuse) || a.signed_long(2) < 0) return Errno::invalid;
  advise(*file, File::Advice(a.word(3)), a[1], a[2]);
  return 0;
}

Value sys_readahead(Thread& self, Args const& a) {
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  if (!file->readable()) return Errno::bad_descriptor;
  if (!file->inode() || !file->inode()->is_regular()) return Errno::invalid;
  if (a[2]) advise(*file, File::Advice::will_need, a[1], a[2]);
  return 0;
}

}  // namespace hinge::linux_service
