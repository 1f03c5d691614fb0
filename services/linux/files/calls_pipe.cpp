// Files without a path: pipes, eventfds, memfds.
#include "services/linux/core/syscall.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/event_file.hpp"
#include "services/linux/files/open.hpp"
#include "services/linux/files/pipe.hpp"
#include "services/linux/files/root.hpp"
#include "services/linux/files/user_path.hpp"
#include "services/linux/files/volume.hpp"

namespace hinge::linux_service {
namespace {

u64 descriptor_limit(Thread& self) { return self.process().limit(Resource::descriptors); }

Value pipe_with(Thread& self, UserAddr to, u32 flags) {
  constexpr u32 known = open_flag::close_on_exec | open_flag::nonblock | open_flag::direct;
  if (flags & ~known) return Errno::invalid;
  if (flags & open_flag::direct) return Errno::invalid;  // Packets are not there.
  auto pair = ATTEMPT(make_pipe(flags & open_flag::nonblock));
  i32 fds[2];
  Descriptors& table = *self.process().descriptors;
  ATTEMPT(table.install_pair(std::move(pair.reader), std::move(pair.writer), flags & open_flag::close_on_exec, descriptor_limit(self), fds));
  if (auto const copied = copy_to_user(self, to, fds); !copied) {
    (void)table.close(self, fds[0]);
    (void)table.close(self, fds[1]);
    return copied.error();
  }
  return 0;
}

Value event_with(Thread& self, u32 count, u32 flags) {
  constexpr u32 semaphore = 1;
  if (flags & ~(semaphore | open_flag::close_on_exec | open_flag::nonblock)) return Errno::invalid;
  auto file = Ref<EventFile>::adopt(host::make<EventFile>(flags & open_flag::nonblock, u64{count}, bool(flags & semaphore)));
  if (!file) return Errno::no_memory;
  return self.process().descriptors->install(Ref<File>{file}, flags & open_flag::close_on_exec, descriptor_limit(self));
}

}  // namespace

Value sys_pipe(Thread& self, Args const& a) { return pipe_with(self, a.address(0), 0); }
Value sys_pipe2(Thread& self, Args const& a) { return pipe_with(self, a.address(0), a.word(1)); }
Value sys_eventfd(Thread& self, Args const& a) { return event_with(self, a.word(0), 0); }
Value sys_eventfd2(Thread& self, Args const& a) { return event_with(self, a.word(0), a.word(1)); }

Value sys_memfd_create(Thread& self, Args const& a) {
  constexpr u32 close_on_exec = 1, allow_sealing = 2;
  constexpr std::string_view prefix = "memfd:";
  if (a.word(1) & ~(close_on_exec | allow_sealing)) return Errno::invalid;
  char text[prefix.size() + 250];
  std::copy(prefix.begin(), prefix.end(), text);
  auto const length = copy_string_from_user(self, text + prefix.size(), a.address(0), 250);
  if (!length) return length.error() == Errno::name_too_long ? Errno::invalid : length.error();
  // An orphan, under a name that is in no directory.
  Ref<Mount> const mount = files::memory_mount();
  Inode& directory = *mount->root()->inode();
  NewNode const node{u32(FileType::regular) | 0777, self.credentials->fsuid, self.credentials->fsgid, 0};
  Ref<Inode> inode = ATTEMPT(directory.create_anonymous(self, node));
  Ref<Name> const name = ATTEMPT(Name::make(mount->root(), {text, prefix.size() + *length}, std::move(inode)));
  NameCache::remove(*name);
  if (a.word(1) & allow_sealing) static_cast<VolumeInode&>(*name->inode()).seals().allow();
  Ref<File> file = ATTEMPT(name->inode()->open(self, Path{mount, name}, open_flag::read_write | open_flag::large_file));
  return self.process().descriptors->install(std::move(file), a.word(1) & close_on_exec, descriptor_limit(self));
}

}  // namespace hinge::linux_service
