// Program: one process with one thread whose system calls a unit test makes as a program would. Addresses of the test itself
// stand for the caller's memory.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <type_traits>

#include "services/linux/core/syscall.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/for_process.hpp"
#include "services/linux/files/fs_context.hpp"
#include "tests/support/fake_linux.hpp"

namespace hinge::linux_service {

#define X(number, name) Value sys_##name(Thread&, Args const&);
#include "services/linux/files/calls.def"
#undef X

/// Tests call handlers themselves; there is no dispatcher.
[[gnu::used]] inline Handler const* call_handlers(bool) { return nullptr; }

inline constexpr i64 blocked = -10000;

template <class T>
u64 word(T v) {
  if constexpr (std::is_pointer_v<T>) return reinterpret_cast<u64>(v);
  else return u64(v);
}

/// One process with one thread. Each call() is a fresh system call; again() issues the last one once more.
class Program {
 public:
  Program() {
    auto p = host::make_ref<Process>();
    p->descriptors = host::make_ref<Descriptors>();
    p->fs = files::first_context().value();
    p->fs->umask = 022;
    p->start_with(initial_limits(100));
    thread = host::make_ref<Thread>(p);
    thread->tid = p->pid = ++pids;
    thread->credentials = host::make_ref<Credentials>();
    thread->event = host::event_create().value();
  }
  template <class... A>
  i64 call(Handler handler, A... a) {
    thread->request = {};
    u64 const given[6] = {word(a)...};
    std::copy(given, given + 6, words_);
    last_ = handler;
    return again();
  }
  i64 again(Reason reason = Reason::first) {
    thread->leave_all();
    thread->request.reason = reason;
    Value const v = last_(*thread, Args::at(words_));
    if (v.kind() == Value::Kind::blocked) return blocked;
    thread->leave_all();
    return i64(v.number());
  }
  i64 open(char const* path, u32 flags, u32 mode = 0644) { return call(sys_open, path, flags, mode); }
  i64 write(i64 fd, std::string const& text) { return call(sys_write, fd, text.data(), text.size()); }
  std::string read(i64 fd, usize most = 100) {
    std::string text(most, '?');
    i64 const n = call(sys_read, fd, text.data(), most);
    return n < 0 ? "errno " + std::to_string(-n) : text.substr(0, usize(n));
  }
  i64 stat(char const* path, struct stat& s) { return call(sys_lstat, path, &s); }
  void become(u32 user) {
    auto c = thread->credentials->copy();
    c->uid = c->euid = c->fsuid = user, c->gid = c->egid = c->fsgid = user;
    c->effective = c->permitted = 0;
    thread->credentials = c;
  }
  /// Forks: the same files, a context of its own.
  void share_files_of(Program& other) {
    thread->process().descriptors = other.thread->process().descriptors->copy().value();
  }

  Ref<Thread> thread;

 private:
  static inline i32 pids = 0;
  Handler last_ = nullptr;
  u64 words_[6] = {};
};

/// Strings are read in pieces beyond their end, as from any process; the sanitizer need not know.
inline usize raw_copy(void* to, void const* from, usize bytes) {
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
  return 0;
}
inline void let_programs_copy() {
  static host::Table table = host::table();
  table.copy_in = [](void* to, u64 from, usize bytes) -> usize {
    return is_user_range(UserAddr{from}, bytes) ? raw_copy(to, reinterpret_cast<void*>(from), bytes) : bytes;
  };
  table.copy_out = [](u64 to, void const* from, usize bytes) -> usize {
    return is_user_range(UserAddr{to}, bytes) ? raw_copy(reinterpret_cast<void*>(to), from, bytes) : bytes;
  };
  host::hinge_image.host = &table;
}

}  // namespace hinge::linux_service
