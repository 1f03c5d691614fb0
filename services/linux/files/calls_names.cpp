// Making and removing names: mkdir, mknod, link, symlink, unlink, rmdir, readlink.
#include "services/linux/core/syscall.hpp"
#include "services/linux/events/inotify.hpp"
#include "services/linux/files/clock.hpp"
#include "services/linux/files/open.hpp"
#include "services/linux/files/permissions.hpp"
#include "services/linux/files/user_path.hpp"

namespace hinge::linux_service {
namespace {

Value make_directory(Thread& self, i32 directory, UserAddr path, u32 mode) {
  UserPath text;
  ATTEMPT(text.read(self, path));
  Walk walk{self, ATTEMPT(starting_point(self, directory, text.text()))};
  ATTEMPT(walk.to_last(text.text()));
  if (walk.last_kind() != Walk::Last::name) return Errno::exists;
  constexpr u32 kept = 01777;
  auto const made = make_node(self, walk.directory(), walk.last(), u32(FileType::directory) | (mode & kept), 0);
  if (!made) {
    // What is there is told before what is forbidden, as Linux looks up first.
    if (made.error() != Errno::exists && !ATTEMPT(walk.look_up_last()).name->negative()) return Errno::exists;
    return made.error();
  }
  return 0;
}

Value make_special(Thread& self, i32 directory, UserAddr path, u32 mode, u64 device) {
  UserPath text;
  ATTEMPT(text.read(self, path));
  Walk walk{self, ATTEMPT(starting_point(self, directory, text.text()))};
  if (!(mode & file_type_mask)) mode |= u32(FileType::regular);
  switch (FileType(mode & file_type_mask)) {
    case FileType::directory: return Errno::not_permitted;
    case FileType::symlink: return Errno::invalid;
    case FileType::character: case FileType::block:
      if (!self.credentials->has(Capability::mknod)) return Errno::not_permitted;
      break;
    case FileType::regular: case FileType::fifo: case FileType::socket: device = 0; break;
    default: return Errno::invalid;
  }
  ATTEMPT(walk.to_last(text.text()));
  if (walk.last_kind() != Walk::Last::name) return Errno::exists;
  if (!ATTEMPT(walk.look_up_last()).name->negative()) return Errno::exists;
  if (walk.trailing_slash()) return Errno::no_entry;
  ATTEMPT(make_node(self, walk.directory(), walk.last(), mode & (file_type_mask | permission_mask), decode_device(device)));
  return 0;
}

Value make_symlink(Thread& self, UserAddr target, i32 directory, UserAddr path) {
  UserPath to, text;
  ATTEMPT(to.read(self, target));
  if (to.text().empty()) return Errno::no_entry;
  ATTEMPT(text.read(self, path));
  Walk walk{self, ATTEMPT(starting_point(self, directory, text.text()))};
  ATTEMPT(walk.to_last(text.text()));
  if (walk.last_kind() != Walk::Last::name) return Errno::exists;
  if (!ATTEMPT(walk.look_up_last()).name->negative()) return Errno::exists;
  if (walk.trailing_slash()) return Errno::no_entry;
  Path const& parent = walk.directory();
  ATTEMPT(may_change_names(self, parent));
  Inode& inode = parent.inode();
  Guard guard{inode.names_lock};
  if (inode.removed) return Errno::no_entry;
  if (!ATTEMPT(Walk::look_up_locked(self, *parent.name, walk.last()))->negative()) return Errno::exists;
  Ref<Inode> made = ATTEMPT(inode.symlink(self, walk.last(), to.text(), new_node(self, inode, u32(FileType::symlink) | 0777, 0)));
  if (inotify::any()) inotify::tell(inode, inotify::create, walk.last());
  NameCache::forget_negative(*parent.name, walk.last());
  ATTEMPT(NameCache::add(*parent.name, walk.last(), std::move(made)));
  return 0;
}

Value make_link(Thread& self, i32 from_directory, UserAddr from, i32 directory, UserAddr path, u32 flags) {
  if (flags & ~(at_flag::follow | at_flag::empty_path)) return Errno::invalid;
  Place const source = ATTEMPT(place_at(self, from_directory, from, flags & at_flag::follow, flags & at_flag::empty_path));
  if (!source.path) return Errno::cross_device;
  UserPath text;
  ATTEMPT(text.read(self, path));
  Walk walk{self, ATTEMPT(starting_point(self, directory, text.text()))};
  ATTEMPT(walk.to_last(text.text()));
  if (walk.last_kind() != Walk::Last::name) return Errno::exists;
  if (!ATTEMPT(walk.look_up_last()).name->negative()) return Errno::exists;
  if (walk.trailing_slash()) return Errno::no_entry;
  Path const& parent = walk.directory();
  if (parent.mount != source.path.mount) return Errno::cross_device;
  ATTEMPT(may_change_names(self, parent));
  Inode& inode = parent.inode();
  if (source.path.inode().is_directory()) return Errno::not_permitted;
  Guard guard{inode.names_lock};
  if (inode.removed) return Errno::no_entry;
  if (!ATTEMPT(Walk::look_up_locked(self, *parent.name, walk.last()))->negative()) return Errno::exists;
  ATTEMPT(inode.link(self, walk.last(), source.path.inode()));
  if (inotify::any()) {
    inotify::tell(source.path.inode(), inotify::attributes);
    inotify::tell(inode, inotify::create, walk.last());
  }
  NameCache::forget_negative(*parent.name, walk.last());
  ATTEMPT(NameCache::add(*parent.name, walk.last(), Ref<Inode>{source.path.inode()}));
  return 0;
}

Value remove_name(Thread& self, i32 directory, UserAddr path, bool as_directory) {
  UserPath text;
  ATTEMPT(text.read(self, path));
  Walk walk{self, ATTEMPT(starting_point(self, directory, text.text()))};
  ATTEMPT(walk.to_last(text.text()));
  switch (walk.last_kind()) {
    case Walk::Last::name: break;
    case Walk::Last::dot: return as_directory ? Errno::invalid : Errno::is_directory;
    case Walk::Last::dot_dot: return as_directory ? Errno::not_empty : Errno::is_directory;
    case Walk::Last::root: return as_directory ? Errno::busy : Errno::is_directory;
  }
  Path const& parent = walk.directory();
  Ref<Name> victim;  // Dropped after the lock: its end may call the file system.
  Inode& inode = parent.inode();
  Guard guard{inode.names_lock};
  victim = ATTEMPT(Walk::look_up_locked(self, *parent.name, walk.last()));
  if (victim->negative()) return Errno::no_entry;
  ATTEMPT(may_change_names(self, parent));
  Inode& gone = *victim->inode();
  if (sticky_forbids(*self.credentials, inode, gone)) return Errno::not_permitted;
  if (as_directory && !gone.is_directory()) return Errno::not_directory;
  if (!as_directory && gone.is_directory()) return Errno::is_directory;
  if (!as_directory && walk.trailing_slash()) return Errno::not_directory;
  if (victim->mounts) return Errno::busy;
  if (as_directory) {
    // Its own lock too, parent before child, so that nothing is made in it at the same time.
    Guard inner{gone.names_lock};
    ATTEMPT(inode.remove_directory(self, walk.last(), gone));
    gone.removed = true;
  } else {
    ATTEMPT(inode.unlink(self, walk.last(), gone));
  }
  NameCache::remove(*victim);
  if (inotify::any()) {
    if (!as_directory) inotify::tell(gone, inotify::attributes);
    inotify::tell(inode, inotify::remove | (as_directory ? inotify::directory : 0), walk.last());
    inotify::end_if_nameless(self, gone);
  }
  return 0;
}

Value read_link(Thread& self, i32 directory, UserAddr path, UserAddr to, i32 room) {
  if (room <= 0) return Errno::invalid;
  Place const place = ATTEMPT(place_at(self, directory, path, false, true));
  if (!place.path) return Errno::invalid;
  Inode& inode = place.path.inode();
  if (!inode.is_symlink()) return place.file ? Errno::no_entry : Errno::invalid;
  usize const most = std::min<usize>(usize(room), UserPath::most_bytes);
  auto* const text = static_cast<char*>(host::allocate(most));
  if (!text) return Errno::no_memory;
  auto const length = inode.read_link(self, text, most);
  auto const copied = length ? copy_to_user(self, to, text, *length) : Attempt<>{fail(length.error())};
  host::release(text);
  ATTEMPT(copied);
  return *length;
}

constexpr i32 here = at_flag::current_directory;

}  // namespace

Value sys_mkdir(Thread& self, Args const& a) { return make_directory(self, here, a.address(0), a.word(1)); }
Value sys_mkdirat(Thread& self, Args const& a) { return make_directory(self, a.integer(0), a.address(1), a.word(2)); }
Value sys_mknod(Thread& self, Args const& a) { return make_special(self, here, a.address(0), a.word(1), a[2]); }
Value sys_mknodat(Thread& self, Args const& a) { return make_special(self, a.integer(0), a.address(1), a.word(2), a[3]); }
Value sys_symlink(Thread& self, Args const& a) { return make_symlink(self, a.address(0), here, a.address(1)); }
Value sys_symlinkat(Thread& self, Args const& a) { return make_symlink(self, a.address(0), a.integer(1), a.address(2)); }
Value sys_link(Thread& self, Args const& a) { return make_link(self, here, a.address(0), here, a.address(1), 0); }
Value sys_linkat(Thread& self, Args const& a) {
  return make_link(self, a.integer(0), a.address(1), a.integer(2), a.address(3), a.word(4));
}
Value sys_unlink(Thread& self, Args const& a) { return remove_name(self, here, a.address(0), false); }
Value sys_rmdir(Thread& self, Args const& a) { return remove_name(self, here, a.address(0), true); }
Value sys_unlinkat(Thread& self, Args const& a) {
  if (a.word(2) & ~at_flag::remove_directory) return Errno::invalid;
  return remove_name(self, a.integer(0), a.address(1), a.word(2) & at_flag::remove_directory);
}
Value sys_readlink(Thread& self, Args const& a) { return read_link(self, here, a.address(0), a.address(1), a.integer(2)); }
Value sys_readlinkat(Thread& self, Args const& a) {
  return read_link(self, a.integer(0), a.address(1), a.address(2), a.integer(3));
}

}  // namespace hinge::linux_service
