// sync and its kin, and what programs tell of their reading. What is in memory only has nowhere to be written.
#include "services/linux/core/syscall.hpp"
#include "services/linux/files/for_process.hpp"
#include "services/linux/files/mount.hpp"
#include "services/linux/files/user_path.hpp"

namespace hinge::linux_service {
namespace {

Value synchronize(Thread& self, i32 fd, bool data_only) {
  Ref<File> const file = ATTEMPT(file_at(self, fd));
  if (file->is_path()) return Errno::bad_descriptor;
  Inode const* const inode = file->inode();
  if (!inode || (!inode->is_regular() && !inode->is_directory() && inode->type() != FileType::block)) return Errno::invalid;
  return file->synchronize(self, data_only);
}

}  // namespace

Value sys_sync(Thread&, Args const&) {
  files::synchronize_all();
  return 0;
}

Value sys_syncfs(Thread& self, Args const& a) {
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  if (file->is_path()) return Errno::bad_descriptor;
  return file->path() ? Value{file->path().mount->superblock().synchronize()} : Value{0};
}

Value sys_fsync(Thread& self, Args const& a) { return synchronize(self, a.integer(0), false); }
Value sys_fdatasync(Thread& self, Args const& a) { return synchronize(self, a.integer(0), true); }

/// Waits in every case for what it has begun to write: a promise the flags may ask for, and none that they exclude.
Value sys_sync_file_range(Thread& self, Args const& a) {
  constexpr u32 wait_before = 1, write = 2, wait_after = 4;
  u64 const offset = a[1], bytes = a[2];
  if (a.word(3) & ~(wait_before | write | wait_after) || i64(offset) < 0 || i64(bytes) < 0 || i64(offset + bytes) < 0) return Errno::invalid;
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  if (!file->seekable()) return Errno::illegal_seek;
  u64 const end = bytes ? offset + bytes : ~u64{0} >> 1;
  if (a.word(3)) return file->write_back(offset / page_bytes, (end + page_bytes - 1) / page_bytes);
  return 0;
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
