// open and its kin, close.
#include "services/linux/core/syscall.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/open.hpp"
#include "services/linux/files/user_path.hpp"

namespace hinge::linux_service {
namespace {

/// The file that an open has made but that still waits (a FIFO): kept with the request while it is issued again.
Ref<File> take_pending(Thread& self) {
  return Ref<File>::adopt(reinterpret_cast<File*>(std::exchange(self.request.words[0], 0)));
}

Value finish_open(Thread& self, Ref<File> file, u32 flags) {
  Value const opened = file->opened(self);
  if (opened.kind() == Value::Kind::blocked) {
    self.words()[0] = reinterpret_cast<u64>(file.leak());
    return opened;
  }
  if (opened.is_error()) return opened;
  auto const limit = self.process().limit(Resource::descriptors);
  return self.process().descriptors->install(std::move(file), flags & open_flag::close_on_exec, limit);
}

Value open_at(Thread& self, i32 directory, UserAddr path, u32 flags, u32 mode, u32 restrictions = 0) {
  if (self.request.words[0]) return finish_open(self, take_pending(self), flags);
  UserPath text;
  ATTEMPT(text.read(self, path));
  // Who is to stay below the directory starts there, whatever the path begins with.
  bool const bounded = restrictions & (resolve::beneath | resolve::in_root);
  Path start = ATTEMPT(starting_point(self, directory, bounded ? std::string_view{} : text.text()));
  return finish_open(self, ATTEMPT(open_path(self, std::move(start), text.text(), flags, mode, restrictions)), flags);
}

}  // namespace

Value sys_open(Thread& self, Args const& a) { return open_at(self, at_flag::current_directory, a.address(0), a.word(1), a.word(2)); }
Value sys_openat(Thread& self, Args const& a) { return open_at(self, a.integer(0), a.address(1), a.word(2), a.word(3)); }

Value sys_creat(Thread& self, Args const& a) {
  return open_at(self, at_flag::current_directory, a.address(0), open_flag::create | open_flag::write_only | open_flag::truncate, a.word(1));
}

Value sys_openat2(Thread& self, Args const& a) {
  struct How { u64 flags, mode, resolve; } how;
  constexpr u64 known_resolve = resolve::no_mounts | resolve::no_magic_links | resolve::no_symlinks | resolve::beneath | resolve::in_root | resolve::cached;
  u64 const size = a[3];
  if (size < sizeof how) return Errno::invalid;
  if (size > page_bytes) return Errno::too_big;
  ATTEMPT(copy_from_user(self, how, a.address(2)));
  for (u64 at = sizeof how; at < size; at += 8) {
    u64 extension = 0;
    ATTEMPT(copy_from_user(self, &extension, a.address(2) + at, std::min<u64>(8, size - at)));
    if (extension) return Errno::too_big;
  }
  if (how.flags >> 32 || how.resolve & ~known_resolve || how.mode & ~u64{permission_mask}) return Errno::invalid;
  if (how.mode && !(how.flags & (open_flag::create | open_flag::temporary_bit))) return Errno::invalid;
  if ((how.resolve & resolve::beneath) && (how.resolve & resolve::in_root)) return Errno::invalid;
  if (how.resolve & resolve::cached) return Errno::again;
  return open_at(self, a.integer(0), a.address(1), u32(how.flags), u32(how.mode), u32(how.resolve));
}

Value sys_close(Thread& self, Args const& a) { return self.process().descriptors->close(self, a.integer(0)); }

Value sys_close_range(Thread& self, Args const& a) {
  constexpr u32 unshare = 2, mark_only = 4;  // CLOSE_RANGE_*
  if (a.word(2) & ~(unshare | mark_only) || a.word(0) > a.word(1)) return Errno::invalid;
  if (a.word(2) & unshare) self.process().descriptors = ATTEMPT(self.process().descriptors->copy());
  return self.process().descriptors->close_range(self, a.word(0), a.word(1), a.word(2) & mark_only);
}

}  // namespace hinge::linux_service
