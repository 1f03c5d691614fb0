// Descriptors: one table of file descriptors, shared by the threads of a process and by clone(CLONE_FILES). Exec, fork
// and exit call it from process; the file calls from here.
#pragma once

#include "host/heap.hpp"
#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

class Descriptors : public host::Shared<Descriptors> {
 public:
  static constexpr u32 most = 1 << 20;  ///< The ceiling of RLIMIT_NOFILE.

  Descriptors() = default;
  ~Descriptors() __attribute__((no_thread_safety_analysis));
  /// A copy for fork: the same files at the same numbers. no_memory.
  Attempt<Ref<Descriptors>> copy();

  /// bad_descriptor.
  Attempt<Ref<File>> get(i32 fd);
  /// The same for a request of the owner's: neither locks nor counts while the table has one user.
  Attempt<FileInUse> use(i32 fd) __attribute__((no_thread_safety_analysis)) {
    if (shared_.load(std::memory_order_relaxed)) return FileInUse{ATTEMPT(get(fd))};
    if (u32(fd) >= capacity_ || !files_[fd]) return fail(Errno::bad_descriptor);
    return FileInUse{*files_[fd]};
  }
  /// From now on a second thread may change the table; it has not begun yet.
  void share() { shared_.store(true, std::memory_order_relaxed); }
  /// The lowest free number from `least` on and below `limit` (the process' RLIMIT_NOFILE): too_many_files, no_memory.
  Attempt<i32> install(Ref<File> file, bool close_on_exec, u64 limit, u32 least = 0);
  /// Two at once, both or none.
  Attempt<> install_pair(Ref<File> first, Ref<File> second, bool close_on_exec, u64 limit, i32 (&fds)[2]);
  /// Puts a file at a given number, closing what was there. bad_descriptor beyond the limit.
  Attempt<> place(Thread& self, Ref<File> file, i32 fd, bool close_on_exec, u64 limit);
  Attempt<> close(Thread& self, i32 fd);
  /// Closes (or marks close-on-exec) all numbers from first to last.
  Attempt<> close_range(Thread& self, u32 first, u32 last, bool only_mark);
  void close_on_exec(Thread& self);
  void close_all(Thread& self) { (void)close_range(self, 0, ~u32{0}, false); }

  /// Record locks that this table owns go: the process ends.
  void release_locks();

  Attempt<bool> close_on_exec_flag(i32 fd);
  Attempt<> set_close_on_exec_flag(i32 fd, bool set);
  /// For /proc/PID/fd: the lowest open number from `from` on, or -1.
  i32 next_open(u32 from);
  /// FDSize in /proc/PID/status.
  [[nodiscard]] u32 capacity();

 private:
  Attempt<> grow(u32 to) HINGE_REQUIRES(lock_);
  Attempt<u32> lowest_free(u32 least, u64 limit) HINGE_REQUIRES(lock_);
  void put(u32 fd, Ref<File> file, bool close_on_exec) HINGE_REQUIRES(lock_);
  Ref<File> take(u32 fd) HINGE_REQUIRES(lock_);
  void closed(Thread& self, Ref<File> file);
  bool copy_of(u32 capacity, File* const* files, u64 const* open, u64 const* cloexec) __attribute__((no_thread_safety_analysis));
  [[nodiscard]] i32 next_set(u64 const* words, u32 from) const HINGE_REQUIRES(lock_);

  static constexpr u32 in_place = 64;
  std::atomic<bool> shared_ = false;
  Mutex<rank::Descriptors> lock_;
  File** files_ HINGE_GUARDED_BY(lock_) = first_files_;  ///< Each not null holds a reference.
  u64* open_ HINGE_GUARDED_BY(lock_) = &first_open_;     ///< A bit for each number.
  u64* cloexec_ HINGE_GUARDED_BY(lock_) = &first_cloexec_;
  u32 capacity_ HINGE_GUARDED_BY(lock_) = in_place;
  u32 maybe_free_ HINGE_GUARDED_BY(lock_) = 0;           ///< All below are open.
  File* first_files_[in_place] = {};
  u64 first_open_ = 0, first_cloexec_ = 0;
};

}  // namespace hinge::linux_service
