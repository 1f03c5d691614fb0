// The descriptor table: an array of files and a bit for each number in two bitmaps. Files are closed after the lock is
// dropped, since the end of a file may call anything.
#include "services/linux/files/descriptors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "services/linux/files/record_locks.hpp"

namespace hinge::linux_service {
namespace {

constexpr u32 word_bits = 64;
u64 bit(u32 fd) { return u64{1} << fd % word_bits; }

/// Calls f(fd) for each number that is set in the bitmap.
template <class F>
void each_open(u64 const* open, u32 capacity, F&& f) {
  for (u32 w = 0; w < capacity / word_bits; ++w)
    for (u64 left = open[w]; left; left &= left - 1) f(w * word_bits + u32(std::countr_zero(left)));
}

}  // namespace

/// Without the lock: nobody else knows the table any more, and the end of a file may call anything.
Descriptors::~Descriptors() {
  each_open(open_, capacity_, [files = files_](u32 fd) { (void)Ref<File>::adopt(files[fd]); });
  if (files_ != first_files_) host::release(files_);
}

Attempt<Ref<Descriptors>> Descriptors::copy() {
  auto to = host::make_ref<Descriptors>();
  if (!to) return fail(Errno::no_memory);
  Guard guard{lock_};
  u32 needed = 0;
  for (u32 w = 0; w < capacity_ / word_bits; ++w)
    if (open_[w]) needed = (w + 1) * word_bits;
  if (!to->copy_of(needed, files_, open_, cloexec_)) return fail(Errno::no_memory);
  return to;
}

/// Nobody else knows this table yet.
bool Descriptors::copy_of(u32 capacity, File* const* files, u64 const* open, u64 const* cloexec) {
  if (capacity > capacity_ && !grow(capacity)) return false;
  each_open(open, capacity, [to = files_, files](u32 fd) {
    to[fd] = files[fd];
    to[fd]->retain();
  });
  std::copy_n(open, capacity / word_bits, open_);
  std::copy_n(cloexec, capacity / word_bits, cloexec_);
  return true;
}

Attempt<> Descriptors::grow(u32 to) {
  to = std::max<u32>(std::bit_ceil(to), capacity_ * 2);
  if (to > most) return fail(Errno::too_many_files);
  // One block: files, then the two bitmaps.
  usize const words = to / word_bits;
  void* const block = host::allocate(to * sizeof(File*) + 2 * words * sizeof(u64));
  if (!block) return fail(Errno::no_memory);
  auto** const files = static_cast<File**>(block);
  auto* const open = reinterpret_cast<u64*>(files + to);
  auto* const cloexec = open + words;
  std::fill(std::copy_n(files_, capacity_, files), files + to, nullptr);
  std::fill(std::copy_n(open_, capacity_ / word_bits, open), open + words, 0);
  std::fill(std::copy_n(cloexec_, capacity_ / word_bits, cloexec), cloexec + words, 0);
  if (files_ != first_files_) host::release(files_);
  files_ = files, open_ = open, cloexec_ = cloexec, capacity_ = to;
  return ok;
}

Attempt<Ref<File>> Descriptors::get(i32 fd) {
  Guard guard{lock_};
  if (u32(fd) >= capacity_ || !files_[fd]) return fail(Errno::bad_descriptor);
  return Ref<File>{*files_[fd]};
}

Attempt<u32> Descriptors::lowest_free(u32 least, u64 limit) {
  u32 const start = std::max(least, maybe_free_);
  u32 fd = start;
  for (u32 w = start / word_bits; w < capacity_ / word_bits; ++w) {
    u64 const taken = open_[w] | (w == start / word_bits ? bit(start) - 1 : 0);
    fd = w * word_bits + u32(std::countr_one(taken));
    if (~taken) break;
  }
  if (fd >= limit) return fail(Errno::too_many_files);
  if (fd >= capacity_) ATTEMPT(grow(fd + 1));
  if (least <= maybe_free_) maybe_free_ = fd;
  return fd;
}

void Descriptors::put(u32 fd, Ref<File> file, bool close_on_exec) {
  files_[fd] = file.leak();
  open_[fd / word_bits] |= bit(fd);
  if (close_on_exec) cloexec_[fd / word_bits] |= bit(fd);
  else cloexec_[fd / word_bits] &= ~bit(fd);
}

Ref<File> Descriptors::take(u32 fd) {
  if (!files_[fd]) return nullptr;
  open_[fd / word_bits] &= ~bit(fd);
  maybe_free_ = std::min(maybe_free_, fd);
  return Ref<File>::adopt(std::exchange(files_[fd], nullptr));
}

/// What a close is beyond the table: record locks of this table go with any descriptor of the inode (POSIX).
void Descriptors::closed(Thread& self, Ref<File> file) {
  if (!file) return;
  if (Inode* const inode = file->inode()) RecordLocks::release_owned(*inode, this);
  file->closing(self);
}

Attempt<i32> Descriptors::install(Ref<File> file, bool close_on_exec, u64 limit, u32 least) {
  Guard guard{lock_};
  u32 const fd = ATTEMPT(lowest_free(least, limit));
  put(fd, std::move(file), close_on_exec);
  return i32(fd);
}

Attempt<> Descriptors::install_pair(Ref<File> first, Ref<File> second, bool close_on_exec, u64 limit, i32 (&fds)[2]) {
  Guard guard{lock_};
  u32 const a = ATTEMPT(lowest_free(0, limit));
  u32 const b = ATTEMPT(lowest_free(a + 1, limit));
  put(a, std::move(first), close_on_exec);
  put(b, std::move(second), close_on_exec);
  fds[0] = i32(a);
  fds[1] = i32(b);
  return ok;
}

Attempt<> Descriptors::place(Thread& self, Ref<File> file, i32 fd, bool close_on_exec, u64 limit) {
  if (fd < 0 || u64(fd) >= limit) return fail(Errno::bad_descriptor);
  Ref<File> old;
  {
    Guard guard{lock_};
    if (u32(fd) >= capacity_) ATTEMPT(grow(u32(fd) + 1));
    old = take(u32(fd));
    put(u32(fd), std::move(file), close_on_exec);
  }
  closed(self, std::move(old));
  return ok;
}

Attempt<> Descriptors::close(Thread& self, i32 fd) {
  Ref<File> old;
  {
    Guard guard{lock_};
    if (u32(fd) >= capacity_ || !(old = take(u32(fd)))) return fail(Errno::bad_descriptor);
  }
  closed(self, std::move(old));
  return ok;
}

Attempt<> Descriptors::close_range(Thread& self, u32 first, u32 last, bool only_mark) {
  for (u32 fd = first;; ++fd) {
    Ref<File> old;
    {
      Guard guard{lock_};
      i32 const next = next_set(open_, fd);
      if (next < 0 || u32(next) > last) return ok;
      fd = u32(next);
      if (only_mark) cloexec_[fd / word_bits] |= bit(fd);
      else old = take(fd);
    }
    closed(self, std::move(old));
    if (fd == ~u32{0}) return ok;
  }
}

void Descriptors::close_on_exec(Thread& self) {
  for (u32 fd = 0;; ++fd) {
    Ref<File> old;
    {
      Guard guard{lock_};
      i32 const next = next_set(cloexec_, fd);
      if (next < 0) return;
      fd = u32(next);
      cloexec_[fd / word_bits] &= ~bit(fd);
      old = take(fd);
    }
    closed(self, std::move(old));
  }
}

void Descriptors::release_locks() {
  for (i32 fd = -1; (fd = next_open(u32(fd + 1))) >= 0;)
    if (auto const file = get(fd); file && (*file)->inode()) RecordLocks::release_owned(*(*file)->inode(), this);
}

i32 Descriptors::next_set(u64 const* words, u32 from) const {
  for (u32 w = from / word_bits; w < capacity_ / word_bits; ++w)
    if (u64 const left = words[w] & (w == from / word_bits ? ~(bit(from) - 1) : ~u64{0}))
      return i32(w * word_bits + u32(std::countr_zero(left)));
  return -1;
}

i32 Descriptors::next_open(u32 from) {
  Guard guard{lock_};
  return next_set(open_, from);
}

Attempt<bool> Descriptors::close_on_exec_flag(i32 fd) {
  Guard guard{lock_};
  if (u32(fd) >= capacity_ || !files_[fd]) return fail(Errno::bad_descriptor);
  return (cloexec_[u32(fd) / word_bits] & bit(u32(fd))) != 0;
}

Attempt<> Descriptors::set_close_on_exec_flag(i32 fd, bool set) {
  Guard guard{lock_};
  if (u32(fd) >= capacity_ || !files_[fd]) return fail(Errno::bad_descriptor);
  if (set) cloexec_[u32(fd) / word_bits] |= bit(u32(fd));
  else cloexec_[u32(fd) / word_bits] &= ~bit(u32(fd));
  return ok;
}

u32 Descriptors::capacity() {
  Guard guard{lock_};
  return capacity_;
}

}  // namespace hinge::linux_service
