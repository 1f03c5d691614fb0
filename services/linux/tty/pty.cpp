// The table of pseudo-terminals, and what opens and closes their two ends.
#include "services/linux/tty/pty.hpp"

#include "base/format.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/inode.hpp"
#include "services/linux/files/superblock.hpp"
#include "services/linux/files/walk.hpp"

namespace hinge::linux_service {
namespace {

struct PtyTableRank { static constexpr u32 level = rank::Terminal::level - 1; };
constinit Mutex<PtyTableRank> table_lock;
constinit std::atomic<Pty*> table[Pty::most] = {};  // Entries are made under the lock and stay.

}  // namespace

Attempt<Pty*> Pty::take(Thread& self) {
  Guard guard{table_lock};
  for (u32 number = 0; number < most; ++number) {
    Pty* pty = table[number].load(std::memory_order_relaxed);
    if (pty && pty->in_use_.load(std::memory_order_acquire)) continue;
    if (!pty) {
      pty = host::make<Pty>(number);
      if (!pty) return fail(Errno::no_memory);
      // Pairs with the acquire in find().
      table[number].store(pty, std::memory_order_release);
    }
    Guard inner{pty->lock_};
    pty->reset();
    pty->owner_ = self.credentials->fsuid;
    pty->master_open_ = pty->locked_ = true;
    pty->was_opened_ = false;
    pty->in_use_.store(true, std::memory_order_release);
    return pty;
  }
  return fail(Errno::no_space);
}

Pty* Pty::find(u32 number) {
  if (number >= most) return nullptr;
  Pty* const pty = table[number].load(std::memory_order_acquire);
  return pty && pty->in_use_.load(std::memory_order_acquire) ? pty : nullptr;
}

Attempt<> Pty::admit(Thread&) {
  if (!master_open_ || locked_) return fail(Errno::io);
  ++slaves_;
  was_opened_ = true;
  return ok;
}

void Pty::close() {
  Guard guard{lock_};
  if (--slaves_ != 0) return;
  // The last slave is gone: the master's reads end.
  master_readers_.wake_all();
  master_poll.notify(ready::hang_up);
  if (!master_open_) in_use_.store(false, std::memory_order_release);
}

void Pty::master_closed() {
  {
    Guard guard{lock_};
    master_open_ = false;
  }
  hang_up();
  Guard guard{lock_};
  if (slaves_ == 0) in_use_.store(false, std::memory_order_release);
}

Attempt<Ref<File>> PtyMaster::open(Thread& self, u32 flags, Path const& path) {
  Pty* const pty = ATTEMPT(Pty::take(self));
  PtyMaster* const master = host::make<PtyMaster>(*pty, flags, path);
  if (!master) {
    pty->master_closed();
    return fail(Errno::no_memory);
  }
  return Ref<File>::adopt(master);
}

void PtyMaster::dispose() {
  Pty& pty = pty_;
  host::destroy(this);
  pty.master_closed();
}

/// Where the other end's node is: beside the master's if that is /dev/pts/ptmx, else in pts below its directory.
Attempt<Path> Pty::place_of_slave(Thread& self, Path const& master) const {
  Ref<Name> const directory = master.name->parent();
  if (!directory) return fail(Errno::no_device);
  char name[16];
  bool const beside = &directory->inode()->superblock().type() == FilesystemType::find("devpts");
  return Walk{self, Path{master.mount, directory}}.whole(format_to(std::span<char>{name}, "{}{}", beside ? "" : "pts/", number_), false);
}

Value Pty::open_peer(Thread& self, File& master, u32 flags) {
  Path const place = ATTEMPT(place_of_slave(self, master.path()));
  u32 const epoch = ATTEMPT(open(self, flags, true));
  Ref<File> file = ATTEMPT(TerminalFile::make(*this, flags, place, epoch));
  i32 const fd = ATTEMPT(self.process().descriptors->install(std::move(file), flags & open_flag::close_on_exec,
                                                              self.process().limit(Resource::descriptors)));
  return fd;
}

Value Pty::master_control(Thread& self, File& master, u32 number, u64 argument) {
  using enum TerminalRequest;
  UserAddr const at{argument};
  switch (TerminalRequest{number}) {
    case pty_number: ATTEMPT(copy_to_user(self, at, number_)); return 0;
    case pty_lock: {
      i32 on;
      ATTEMPT(copy_from_user(self, on, at));
      Guard guard{lock_};
      locked_ = on != 0;
      return 0;
    }
    case pty_get_lock: {
      i32 on;
      {
        Guard guard{lock_};
        on = locked_;
      }
      ATTEMPT(copy_to_user(self, at, on));
      return 0;
    }
    case pty_peer: return open_peer(self, master, u32(argument));
    case input_queue: {
      i32 bytes;
      {
        Guard guard{lock_};
        bytes = i32(discipline_.output.size());
      }
      ATTEMPT(copy_to_user(self, at, bytes));
      return 0;
    }
    case get_group: {
      // The master asks about the slave's group without being in its session.
      i32 const group = foreground_group();
      ATTEMPT(copy_to_user(self, at, group));
      return 0;
    }
    case become_controlling: case give_up_controlling: return Errno::not_terminal;
    default: return control(self, number, argument, any_epoch);
  }
}

}  // namespace hinge::linux_service
