#include "services/linux/files/directory_file.hpp"

#include "services/linux/events/inotify.hpp"

#include "services/linux/files/path.hpp"

namespace hinge::linux_service {

Attempt<Ref<File>> DirectoryFile::open(Path const& path, u32 flags) {
  if ((flags & open_flag::access_mask) != open_flag::read_only) return fail(Errno::is_directory);
  auto file = host::make_ref<DirectoryFile>(flags, path);
  if (!file) return fail(Errno::no_memory);
  return Ref<File>{file};
}

Attempt<u64> DirectoryFile::seek(Thread&, Seek, u64) { return fail(Errno::invalid); }

Attempt<> DirectoryFile::synchronize(Thread& self, bool) { return path().inode().synchronize(self); }

namespace {

/// Remembers where a listing stopped.
struct Follower final : EntrySink {
  explicit Follower(EntrySink& to, u64 at) : sink{to}, position{at} {}
  bool add(std::string_view name, u64 inode, FileType type, u64 next) override {
    if (!sink.add(name, inode, type, next)) return false;
    position = next;
    return true;
  }
  EntrySink& sink;
  u64 position;
};

/// The number of the directory above, across mounts.
u64 number_above(Path place) {
  while (place.name == place.mount->root())
    if (!MountTable::ascend(place)) return place.inode().number().raw();
  Ref<Name> const parent = place.name->parent();
  return parent ? parent->inode()->number().raw() : place.inode().number().raw();
}

}  // namespace

Attempt<u64> DirectoryFile::list(Thread& self, u64 from, EntrySink& sink) {
  if (path().name->removed()) return fail(Errno::no_entry);
  Follower follower{sink, from};
  if (from == 0 && !follower.add(".", path().inode().number().raw(), FileType::directory, 1)) return follower.position;
  if (follower.position == 1 && !follower.add("..", number_above(path()), FileType::directory, 2)) return follower.position;
  ATTEMPT(path().inode().list(self, follower.position == 2 ? 0 : follower.position, follower));
  return follower.position;
}

void DirectoryFile::closing(Thread& self) {
  if (inotify::any()) inotify::stop_notifying(self, *this);
}

}  // namespace hinge::linux_service
