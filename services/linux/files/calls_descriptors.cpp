// dup, fcntl, flock, ioctl: what is done to descriptors and open files whatever their kind.
#include "services/linux/core/syscall.hpp"
#include "services/linux/events/inotify.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/lock_calls.hpp"
#include "services/linux/files/pipe.hpp"
#include "services/linux/files/seals.hpp"
#include "services/linux/files/user_path.hpp"

namespace hinge::linux_service {
namespace {

u64 descriptor_limit(Thread& self) { return self.process().limit(Resource::descriptors); }
Descriptors& table(Thread& self) { return *self.process().descriptors; }

/// Numbers as in Linux' uapi/asm-generic/fcntl.h and linux/fcntl.h.
enum class Command : u32 {
  duplicate = 0, get_descriptor_flags = 1, set_descriptor_flags = 2, get_flags = 3, set_flags = 4, get_lock = 5, set_lock = 6,
  set_lock_wait = 7, set_owner = 8, get_owner = 9, set_signal = 10, get_signal = 11, set_owner_kind = 15, get_owner_kind = 16,
  get_file_lock = 36, set_file_lock = 37, set_file_lock_wait = 38,
  notify = 1026, duplicate_close_on_exec = 1030, set_pipe_bytes = 1031, get_pipe_bytes = 1032, add_seals = 1033, get_seals = 1034,
};

Value duplicate(Thread& self, Ref<File> file, u64 least, bool close_on_exec) {
  if (least >= descriptor_limit(self)) return Errno::invalid;
  return table(self).install(std::move(file), close_on_exec, descriptor_limit(self), u32(least));
}

Value dup_to(Thread& self, i32 from, i32 to, bool close_on_exec) {
  Ref<File> file = ATTEMPT(file_at(self, from));
  ATTEMPT(table(self).place(self, std::move(file), to, close_on_exec, descriptor_limit(self)));
  return to;
}

/// A number below zero names a group, as for kill(2).
Value set_owner(Thread& self, File& file, i32 who) {
  if (who == INT32_MIN) return Errno::invalid;
  return signal_owner::set(self, file, who < 0 ? SignalOwner::Kind::group : SignalOwner::Kind::process, who < 0 ? -who : who);
}

i32 owner_of(File& file) {
  SignalOwner const owner = signal_owner::get(file);
  return owner.kind == SignalOwner::Kind::group ? -owner.id : owner.id;
}

struct OwnerAndKind { i32 kind, id; };  // struct f_owner_ex

Value set_owner_kind(Thread& self, File& file, UserAddr from) {
  OwnerAndKind wanted;
  ATTEMPT(copy_from_user(self, wanted, from));
  if (wanted.kind < 0 || wanted.kind > i32(SignalOwner::Kind::group)) return Errno::invalid;
  return signal_owner::set(self, file, SignalOwner::Kind{wanted.kind}, wanted.id);
}

Value get_owner_kind(Thread& self, File& file, UserAddr to) {
  SignalOwner const owner = signal_owner::get(file);
  return copy_to_user(self, to, OwnerAndKind{i32(owner.kind), owner.id});
}

Value add_seals(File& file, u32 seals) {
  if (!file.writable()) return Errno::not_permitted;
  if (seals & ~Seals::known) return Errno::invalid;
  return file.add_seals(seals);
}

}  // namespace

Value sys_dup(Thread& self, Args const& a) { return duplicate(self, ATTEMPT(file_at(self, a.integer(0))), 0, false); }

Value sys_dup2(Thread& self, Args const& a) {
  if (a.integer(0) == a.integer(1)) {
    ATTEMPT(file_at(self, a.integer(0)));
    return a.integer(1);
  }
  return dup_to(self, a.integer(0), a.integer(1), false);
}

Value sys_dup3(Thread& self, Args const& a) {
  if (a.word(2) & ~open_flag::close_on_exec || a.integer(0) == a.integer(1)) return Errno::invalid;
  return dup_to(self, a.integer(0), a.integer(1), a.word(2) & open_flag::close_on_exec);
}

Value sys_fcntl(Thread& self, Args const& a) {
  Ref<File> file = ATTEMPT(file_at(self, a.integer(0)));
  auto const command = Command(a.word(1));
  switch (command) {
    case Command::duplicate: return duplicate(self, std::move(file), a[2], false);
    case Command::duplicate_close_on_exec: return duplicate(self, std::move(file), a[2], true);
    case Command::get_descriptor_flags: return u32(ATTEMPT(table(self).close_on_exec_flag(a.integer(0))));
    case Command::set_descriptor_flags: return table(self).set_close_on_exec_flag(a.integer(0), a[2] & 1);
    case Command::get_flags: return file->flags() | (file->is_path() || !file->path() ? 0 : open_flag::large_file);
    default: break;
  }
  if (file->is_path()) return Errno::bad_descriptor;
  switch (command) {
    case Command::set_flags:
      if ((a.word(2) ^ file->flags()) & open_flag::async) ATTEMPT(signal_owner::watch(*file, a.integer(0), a.word(2) & open_flag::async));
      file->set_flags(open_flag::changeable, u32(a[2]));
      return 0;
    case Command::get_lock: return get_lock(self, *file, a.address(2), LockOwner::process);
    case Command::set_lock: return set_lock(self, *file, a.address(2), LockOwner::process, false);
    case Command::set_lock_wait: return set_lock(self, *file, a.address(2), LockOwner::process, true);
    case Command::get_file_lock: return get_lock(self, *file, a.address(2), LockOwner::file);
    case Command::set_file_lock: return set_lock(self, *file, a.address(2), LockOwner::file, false);
    case Command::set_file_lock_wait: return set_lock(self, *file, a.address(2), LockOwner::file, true);
    case Command::set_owner: return set_owner(self, *file, a.integer(2));
    case Command::get_owner: return owner_of(*file);
    case Command::set_owner_kind: return set_owner_kind(self, *file, a.address(2));
    case Command::get_owner_kind: return get_owner_kind(self, *file, a.address(2));
    case Command::set_signal:
      if (a[2] > signal_count) return Errno::invalid;
      signal_owner::set_signal(*file, a.integer(2));
      return 0;
    case Command::get_signal: return signal_owner::get(*file).signal;
    case Command::notify: return inotify::notify_owner(self, *file, a.integer(0), a.word(2));
    case Command::set_pipe_bytes: {
      Pipe* const pipe = file->pipe();
      return pipe ? Value{pipe->set_capacity(u32(std::min<u64>(a[2], ~u32{0} >> 1)))} : Value{Errno::bad_descriptor};
    }
    case Command::get_pipe_bytes: {
      Pipe* const pipe = file->pipe();
      return pipe ? Value{pipe->capacity()} : Value{Errno::bad_descriptor};
    }
    case Command::get_seals: return file->seals();
    case Command::add_seals: return add_seals(*file, a.word(2));
    default: return Errno::invalid;
  }
}

Value sys_flock(Thread& self, Args const& a) {
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  if (file->is_path()) return Errno::bad_descriptor;
  return lock_whole(self, *file, a.word(1));
}

Value sys_ioctl(Thread& self, Args const& a) {
  constexpr u32 set_close_on_exec = 0x5451, clear_close_on_exec = 0x5450, set_nonblocking = 0x5421, set_async = 0x5452;
  constexpr u32 bytes_to_read = 0x541b;
  constexpr u32 set_socket_owner = 0x8901, set_socket_group = 0x8902, get_socket_owner = 0x8903, get_socket_group = 0x8904;
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  if (file->is_path()) return Errno::bad_descriptor;
  switch (a.word(1)) {
    case set_close_on_exec: return table(self).set_close_on_exec_flag(a.integer(0), true);
    case clear_close_on_exec: return table(self).set_close_on_exec_flag(a.integer(0), false);
    case set_nonblocking: case set_async: {
      i32 on;
      ATTEMPT(copy_from_user(self, on, a.address(2)));
      u32 const flag = a.word(1) == set_nonblocking ? open_flag::nonblock : open_flag::async;
      if (flag == open_flag::async && !file->signals_readiness()) return Errno::not_terminal;
      if (flag == open_flag::async) ATTEMPT(signal_owner::watch(*file, a.integer(0), on));
      file->set_flags(flag, on ? flag : 0);
      return 0;
    }
    case set_socket_owner: case set_socket_group: {
      if (!file->socket()) break;
      i32 who;
      ATTEMPT(copy_from_user(self, who, a.address(2)));
      return set_owner(self, *file, who);
    }
    case get_socket_owner: case get_socket_group:
      if (!file->socket()) break;
      return copy_to_user(self, a.address(2), owner_of(*file));
    case bytes_to_read:
      if (Inode const* const inode = file->inode(); inode && inode->is_regular()) {
        i64 const left = i64(ATTEMPT(file->seek(self, File::Seek::end, 0))) - i64(file->position.load(std::memory_order_relaxed));
        return copy_to_user(self, a.address(2), i32(left));
      }
      break;
    default: break;
  }
  return file->control(self, a.word(1), a[2]);
}

}  // namespace hinge::linux_service
