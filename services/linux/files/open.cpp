#include "services/linux/files/open.hpp"

#include "services/linux/events/inotify.hpp"
#include "services/linux/files/clock.hpp"
#include "services/linux/files/fs_context.hpp"
#include "services/linux/files/permissions.hpp"
#include "services/linux/files/walk.hpp"

namespace hinge::linux_service {
namespace {

constexpr u32 set_group_id = 02000, group_execute = 010;

/// O_PATH: a place that can be named by a descriptor, and nothing else.
class PlaceFile final : public File {
 public:
  PlaceFile(u32 flags, Path path) : File{flags, std::move(path)} {}
  void dispose() override { host::destroy(this); }
  Value read(Thread&, Transfer&, u64) override { return Errno::bad_descriptor; }
  Value write(Thread&, Transfer&, u64) override { return Errno::bad_descriptor; }
  Value control(Thread&, u32, u64) override { return Errno::bad_descriptor; }
  Attempt<> truncate(Thread&, u64) override { return fail(Errno::bad_descriptor); }
};

/// Access as the flags ask for it. 3 (both bits) asks for both and gives neither: Linux' odd ioctl-only mode.
Attempt<> check_access(Thread& self, Path const& place, u32 flags) {
  Inode const& inode = place.inode();
  u32 const access = flags & open_flag::access_mask;
  u32 wanted = access == open_flag::read_only ? may::read : access == open_flag::write_only ? may::write : may::read | may::write;
  if (flags & open_flag::truncate) wanted |= may::write;
  if (inode.is_directory() && (wanted & may::write)) return fail(Errno::is_directory);
  if ((wanted & may::write) && place.mount->read_only() && inode.is_regular()) return fail(Errno::read_only);
  ATTEMPT(check_permission(*self.credentials, inode, wanted));
  if ((flags & open_flag::no_access_time) && !owns(*self.credentials, inode)) return fail(Errno::not_permitted);
  return ok;
}

Attempt<Ref<File>> open_checked(Thread& self, Path const& place, u32 flags) {
  Ref<File> file = ATTEMPT(place.inode().open(self, place, flags));
  if ((flags & open_flag::truncate) && place.inode().is_regular()) {
    Change change{};
    change.mask = Change::size;
    ATTEMPT(place.inode().change(self, change));
    if (inotify::any()) inotify::tell_path(place, inotify::modify);
  }
  if (inotify::any()) inotify::tell_path(place, inotify::open);
  return file;
}

/// O_TMPFILE: a file without a name in the directory's file system.
Attempt<Ref<File>> open_temporary(Thread& self, Path start, std::string_view path, u32 flags, u32 mode, u32 restrictions) {
  if ((flags & open_flag::access_mask) == open_flag::read_only) return fail(Errno::invalid);
  Walk walk{self, std::move(start), restrictions};
  Path const directory = ATTEMPT(walk.whole(path, true));
  if (!directory.inode().is_directory()) return fail(Errno::not_directory);
  ATTEMPT(may_change_names(self, directory));
  NewNode const node = new_node(self, directory.inode(), u32(FileType::regular) | (mode & permission_mask), 0);
  Ref<Inode> inode = ATTEMPT(directory.inode().create_anonymous(self, node));
  Ref<Name> name = ATTEMPT(Name::make(directory.name, "#temporary", inode));
  NameCache::remove(*name);
  return name->inode()->open(self, Path{directory.mount, name}, flags & ~open_flag::temporary_bit);
}

}  // namespace

NewNode new_node(Thread& self, Inode const& directory, u32 mode, u64 device) {
  u32 const type = mode & file_type_mask;
  NewNode node{type | (mode & permission_mask & ~self.process().fs->umask.load(std::memory_order_relaxed)),
               self.credentials->fsuid, self.credentials->fsgid, device};
  if (directory.mode() & set_group_id) {
    node.group = directory.group();
    if (FileType(type) == FileType::directory) node.mode |= set_group_id;
    else if ((node.mode & (set_group_id | group_execute)) == (set_group_id | group_execute) &&
             !self.credentials->in_group(node.group) && !self.credentials->has(Capability::fsetid))
      node.mode &= ~set_group_id;
  }
  return node;
}

Attempt<> may_change_names(Thread& self, Path const& directory) {
  if (directory.mount->read_only()) return fail(Errno::read_only);
  return check_permission(*self.credentials, directory.inode(), may::write | may::execute);
}

Attempt<Ref<Name>> make_node(Thread& self, Path const& directory, std::string_view text, u32 mode, u64 device) {
  ATTEMPT(may_change_names(self, directory));
  Inode& parent = directory.inode();
  Guard guard{parent.names_lock};
  if (parent.removed) return fail(Errno::no_entry);
  Ref<Name> const there = ATTEMPT(Walk::look_up_locked(self, *directory.name, text));
  if (!there->negative()) return fail(Errno::exists);
  Ref<Inode> inode = ATTEMPT(parent.create(self, text, new_node(self, parent, mode, device)));
  if (inotify::any()) inotify::tell(parent, inotify::create | (inode->is_directory() ? inotify::directory : 0), text);
  NameCache::forget_negative(*directory.name, text);
  if (parent.names_change_by_themselves()) return Name::make(directory.name, text, std::move(inode));
  return NameCache::add(*directory.name, text, std::move(inode));
}

Attempt<Ref<File>> open_place(Thread& self, Path const& place, u32 flags) {
  if (flags & open_flag::path) {
    if ((flags & open_flag::directory) && !place.inode().is_directory()) return fail(Errno::not_directory);
    auto file = Ref<PlaceFile>::adopt(host::make<PlaceFile>(flags, place));
    if (!file) return fail(Errno::no_memory);
    return Ref<File>{file};
  }
  Inode const& inode = place.inode();
  if (inode.is_symlink()) return fail(Errno::loop);
  if ((flags & open_flag::create) && inode.is_directory()) return fail(Errno::is_directory);
  if ((flags & open_flag::directory) && !inode.is_directory()) return fail(Errno::not_directory);
  ATTEMPT(check_access(self, place, flags));
  return open_checked(self, place, flags);
}

Attempt<Ref<File>> open_path(Thread& self, Path start, std::string_view path, u32 flags, u32 mode, u32 restrictions) {
  if (flags & open_flag::path) flags &= open_flag::path | open_flag::directory | open_flag::no_follow | open_flag::close_on_exec;
  if (flags & open_flag::temporary_bit) return open_temporary(self, std::move(start), path, flags, mode, restrictions);
  Walk walk{self, std::move(start), restrictions};
  if (!(flags & open_flag::create)) {
    Path const place = ATTEMPT(walk.whole(path, !(flags & open_flag::no_follow)));
    if ((flags & open_flag::directory) && place.inode().is_symlink() && !(flags & open_flag::path)) return fail(Errno::not_directory);
    return open_place(self, place, flags);
  }

  ATTEMPT(walk.to_last(path));
  for (;;) {
    if (walk.last_kind() != Walk::Last::name || walk.trailing_slash()) {
      // Only a directory can be meant, and those are not created by open.
      Path const place = ATTEMPT(walk.look_up_last());
      if (place.name->negative()) return fail(Errno::is_directory);
      if (flags & open_flag::exclusive) return fail(Errno::exists);
      if (!place.inode().is_symlink()) return open_place(self, place, flags);
    }
    Path const place = ATTEMPT(walk.look_up_last());
    if (place.name->negative()) {
      auto made = make_node(self, walk.directory(), walk.last(), u32(FileType::regular) | (mode & permission_mask), 0);
      // What was just made is open to its maker, whatever its mode says.
      if (made) return open_checked(self, Path{walk.directory().mount, *made}, flags & ~open_flag::truncate);
      if (made.error() == Errno::exists && !(flags & open_flag::exclusive)) continue;
      return fail(made.error());
    }
    if (flags & open_flag::exclusive) return fail(Errno::exists);
    if (!place.inode().is_symlink()) return open_place(self, place, flags);
    if (flags & open_flag::no_follow) return fail(Errno::loop);
    ATTEMPT(walk.follow_to_last(place));
  }
}

}  // namespace hinge::linux_service
