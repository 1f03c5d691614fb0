// What files does for processes: see the header.
#include "services/linux/files/for_process.hpp"

#include "services/linux/disk/disks.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/dirty_list.hpp"
#include "services/linux/files/fs_context.hpp"
#include "services/linux/files/mounting.hpp"
#include "services/linux/files/open.hpp"
#include "services/linux/files/permissions.hpp"
#include "services/linux/files/program_file.hpp"
#include "services/linux/files/user_path.hpp"
#include "services/linux/files/volume.hpp"

namespace hinge::linux_service::files {

constinit Port<FileSystem> tmpfs_port;

Attempt<Ref<File>> find_program(Thread& self, i32 directory, char const* path, u32 flags) {
  std::string_view const text{path};
  Path place;
  if (text.empty() && flags & at_flag::empty_path) {
    place = ATTEMPT(file_at(self, directory))->path();
    if (!place) return fail(Errno::access);
  } else {
    Walk walk{self, ATTEMPT(starting_point(self, directory, text))};
    place = ATTEMPT(walk.whole(text, !(flags & at_flag::no_follow)));
  }
  Inode& inode = place.inode();
  if (inode.is_symlink()) return fail(Errno::loop);
  if (!inode.is_regular() || place.mount->flags() & mount_flag::no_execute) return fail(Errno::access);
  ATTEMPT(check_permission(*self.credentials, inode, may::execute));
  return ProgramFile::open(self, place);
}

Attempt<usize> read_program(Thread& self, File& file, u64 offset, void* to, usize bytes) {
  Transfer into = Transfer::slot(to, bytes);
  while (into.left()) {
    Value const n = file.read(self, into, offset + into.done());
    if (n.is_error()) return fail(n.error());
    if (n.kind() != Value::Kind::result) return fail(Errno::io);
    if (n.number() == 0) break;
  }
  return into.done();
}

Attempt<Ref<File>> file_of(Thread& self, i32 descriptor) {
  Ref<File> file = ATTEMPT(file_at(self, descriptor));
  if (file->is_path()) return fail(Errno::bad_descriptor);
  return file;
}

usize path_of(File& file, char* to, usize room) {
  if (!file.path()) return file.describe(to, room);
  Ref<Mount> const mount = MountTable::root();
  return text_of(file.path(), Path{mount, mount->root()}, to, room, true).value_or(0);
}

Ref<Descriptors> copy_descriptors(Descriptors& from) {
  auto copy = from.copy();
  return copy ? std::move(*copy) : Ref<Descriptors>{};
}

Ref<FsContext> copy_context(FsContext& from) {
  auto copy = from.copy();
  return copy ? std::move(*copy) : Ref<FsContext>{};
}

void close_on_exec(Thread& self) { self.process().descriptors->close_on_exec(self); }

void process_ends(Process& process) {
  // Record locks go with the table that owns them, when nobody else shares it; each close takes care of its inode.
  if (process.descriptors && process.descriptors->references() == 1) process.descriptors->release_locks();
}

bool give_way() {
  constexpr u64 pages = 1024;
  return CacheList::release(pages) != 0;
}

void synchronize_all() {
  Guard guard{write_back_lock};
  DirtyList::write_back(nullptr);
  for (u32 i = 0; auto const superblock = MountTable::superblock(i); ++i) (void)superblock->synchronize();
  disks::flush_written();
}

void leave_clean() {
  synchronize_all();
  Guard guard{write_back_lock};
  for (u32 i = 0; auto const superblock = MountTable::superblock(i); ++i) (void)superblock->set_read_only(true);
}

Attempt<Ref<FsContext>> first_context() { return FsContext::initial(); }

void mount_standard(Thread& self) {
  struct Standard { char const *type, *place; };
  constexpr Standard all[] = {{"devtmpfs", "/dev"}, {"devpts", "/dev/pts"}, {"tmpfs", "/dev/shm"}, {"proc", "/proc"}, {"sysfs", "/sys"}};
  for (auto const& [type_name, where] : all) {
    FilesystemType const* const type = FilesystemType::find(type_name);
    Walk walk{self, self.process().fs->root()};
    auto place = walk.whole(where, true);
    if (!type || !place || !place->inode().is_directory()) continue;
    (void)mount_filesystem(*type, {.source = type_name, .options = {}}, *place);
  }
}

Attempt<Ref<Descriptors>> first_descriptors(Thread& self) {
  auto table = host::make_ref<Descriptors>();
  if (!table) return fail(Errno::no_memory);
  auto const console = open_path(self, self.process().fs->root(), "/dev/console", open_flag::read_write, 0);
  if (!console) return fail(console.error());
  for (u32 i = 0; i < 3; ++i) ATTEMPT(table->install(*console, false, Descriptors::most));
  return table;
}

}  // namespace hinge::linux_service::files
