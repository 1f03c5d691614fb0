// What an open file answers when its kind says nothing else.
#include "services/linux/files/file.hpp"

#include <algorithm>
#include <cstring>

#include "services/linux/events/inotify.hpp"
#include "services/linux/files/epoll.hpp"
#include "services/linux/files/record_locks.hpp"

namespace hinge::linux_service {

File::~File() {
  if (inotify::any() && !is_path()) inotify::tell_path(path_, writable() ? inotify::close_write : inotify::close_other);
  Epoll::file_ends(*this);
  if (readiness_note) signal_owner::file_ends(*this);
  if (Inode* const i = inode()) RecordLocks::release_owned(*i, this);
}

Attempt<Ref<File>> File::open_again(Thread&, u32) { return fail(Errno::no_device_or_address); }
Value File::read(Thread&, Transfer&, u64) { return Errno::invalid; }
Value File::write(Thread&, Transfer&, u64) { return Errno::invalid; }
Attempt<u64> File::seek(Thread&, Seek, u64) { return fail(Errno::illegal_seek); }
Value File::control(Thread&, u32, u64) { return Errno::not_terminal; }
Attempt<u64> File::list(Thread&, u64, EntrySink&) { return fail(Errno::not_directory); }

Attempt<Status> File::status(Thread& self) {
  if (Inode* const i = inode()) return i->status(self);
  Status s{};
  s.of.mode = 0600;
  s.of.links = 1;
  s.block_bytes = page_bytes;
  return s;
}

Attempt<> File::truncate(Thread&, u64) { return fail(Errno::invalid); }
Attempt<> File::allocate(Thread&, u32, u64, u64) { return fail(Errno::no_device); }
Attempt<File::Memory> File::memory(Thread&) { return fail(Errno::no_device); }
Attempt<> File::supply_page(Thread&, u64, bool) { return fail(Errno::no_device_or_address); }

usize File::describe_as(std::string_view text, char* to, usize room) {
  usize const n = std::min(room, text.size());
  std::memcpy(to, text.data(), n);
  return n;
}
usize File::describe(char* to, usize room) { return describe_as("anon_inode:[file]", to, room); }

void File::set_flags(u32 mask, u32 value) {
  u32 seen = flags_.load(std::memory_order_relaxed);
  while (!flags_.compare_exchange_weak(seen, (seen & ~mask) | (value & mask), std::memory_order_relaxed)) {}
}

Inode* File::inode() const { return path_.name ? path_.name->inode() : nullptr; }

}  // namespace hinge::linux_service
