// rename and renameat2. Directories change places under one lock over all such renames, so that no cycle can come about
// while two of them look; the names_locks of both directories are taken in an order that no other call can cross:
// an ancestor before its descendant, else by address.
#include "services/linux/core/syscall.hpp"
#include "services/linux/events/inotify.hpp"
#include "services/linux/files/open.hpp"
#include "services/linux/files/permissions.hpp"
#include "services/linux/files/user_path.hpp"

namespace hinge::linux_service {
namespace {

constinit Mutex<rank::Renaming> renaming;

/// Both directories' locks.
class BothLocks {
 public:
  BothLocks(Name const& a, Name const& b) __attribute__((no_thread_safety_analysis)) : first_{&a.inode()->names_lock}, second_{nullptr} {
    if (a.inode() == b.inode()) {
      first_->lock();
      return;
    }
    second_ = &b.inode()->names_lock;
    if (NameCache::is_above(b, a) || (!NameCache::is_above(a, b) && second_ < first_)) std::swap(first_, second_);
    first_->lock();
    second_->lock();
  }
  ~BothLocks() __attribute__((no_thread_safety_analysis)) {
    if (second_) second_->unlock();
    first_->unlock();
  }

 private:
  Mutex<rank::Directory>*first_, *second_;
};

/// What stands in the way of taking `name` out of `directory`.
Attempt<> may_take(Thread& self, Path const& directory, Name const& name) {
  if (name.mounts) return fail(Errno::busy);
  if (sticky_forbids(*self.credentials, directory.inode(), *name.inode())) return fail(Errno::not_permitted);
  return ok;
}

void tell_moved(Inode& from, std::string_view old_name, Inode& to, std::string_view new_name, Inode& moved) {
  u32 const cookie = inotify::new_cookie(), directory = moved.is_directory() ? inotify::directory : 0;
  inotify::tell(from, inotify::moved_from | directory, old_name, cookie);
  inotify::tell(to, inotify::moved_to | directory, new_name, cookie);
  inotify::tell(moved, inotify::move_self);
}

Value rename_locked(Thread& self, Walk& from, Walk& to, u32 flags, Ref<Name>& moved, Ref<Name>& there) {
  Path const& source = from.directory();
  Path const& target = to.directory();
  moved = ATTEMPT(Walk::look_up_locked(self, *source.name, from.last()));
  if (moved->negative()) return Errno::no_entry;
  there = ATTEMPT(Walk::look_up_locked(self, *target.name, to.last()));
  bool const is_directory = moved->inode()->is_directory();
  if (!there->negative() && (flags & FileSystem::Rename::no_replace)) return Errno::exists;
  if (there->negative() && (flags & FileSystem::Rename::exchange)) return Errno::no_entry;
  if (!is_directory && (from.trailing_slash() || (to.trailing_slash() && !(flags & FileSystem::Rename::exchange)))) return Errno::not_directory;
  if (target.inode().removed) return Errno::no_entry;
  if (is_directory && NameCache::is_above(*moved, *target.name)) return Errno::invalid;
  if (!there->negative() && there->inode()->is_directory() && NameCache::is_above(*there, *source.name))
    return flags & FileSystem::Rename::exchange ? Errno::invalid : Errno::not_empty;
  ATTEMPT(may_change_names(self, source));
  ATTEMPT(may_change_names(self, target));
  ATTEMPT(may_take(self, source, *moved));
  if (is_directory && source.inode().number() != target.inode().number()) ATTEMPT(check_permission(*self.credentials, *moved->inode(), may::write));
  if (!there->negative()) {
    ATTEMPT(may_take(self, target, *there));
    if (there->inode() == moved->inode()) return 0;
  }
  bool const exchange = flags & FileSystem::Rename::exchange;
  Inode* const replaced = there->negative() ? nullptr : there->inode();
  ATTEMPT(source.inode().rename(self, from.last(), *moved->inode(), target.inode(), to.last(), exchange ? nullptr : replaced, flags));
  if (inotify::any()) tell_moved(source.inode(), from.last(), target.inode(), to.last(), *moved->inode());
  if (exchange) return NameCache::exchange(*moved, *there);
  if (replaced) {
    inotify::end_if_nameless(self, *replaced);
    if (replaced->is_directory()) replaced->removed = true;
    NameCache::remove(*there);
  } else {
    NameCache::forget_negative(*target.name, to.last());
  }
  return NameCache::move(*moved, *target.name, to.last());
}

Value rename_at(Thread& self, i32 from_directory, UserAddr from, i32 to_directory, UserAddr to, u32 flags) {
  constexpr u32 known = FileSystem::Rename::no_replace | FileSystem::Rename::exchange;
  if (flags & ~known || flags == known) return Errno::invalid;
  UserPath from_text, to_text;
  ATTEMPT(from_text.read(self, from));
  ATTEMPT(to_text.read(self, to));
  Walk source{self, ATTEMPT(starting_point(self, from_directory, from_text.text()))};
  Walk target{self, ATTEMPT(starting_point(self, to_directory, to_text.text()))};
  ATTEMPT(source.to_last(from_text.text()));
  ATTEMPT(target.to_last(to_text.text()));
  if (source.directory().mount != target.directory().mount) return Errno::cross_device;
  if (source.last_kind() != Walk::Last::name) return Errno::busy;
  if (target.last_kind() != Walk::Last::name) return flags & FileSystem::Rename::no_replace ? Errno::exists : Errno::busy;
  Ref<Name> moved, there;  // Dropped after the locks.
  Guard guard{renaming};
  BothLocks const both{*source.directory().name, *target.directory().name};
  return rename_locked(self, source, target, flags, moved, there);
}

constexpr i32 here = at_flag::current_directory;

}  // namespace

Value sys_rename(Thread& self, Args const& a) { return rename_at(self, here, a.address(0), here, a.address(1), 0); }
Value sys_renameat(Thread& self, Args const& a) { return rename_at(self, a.integer(0), a.address(1), a.integer(2), a.address(3), 0); }
Value sys_renameat2(Thread& self, Args const& a) {
  return rename_at(self, a.integer(0), a.address(1), a.integer(2), a.address(3), a.word(4));
}

}  // namespace hinge::linux_service
