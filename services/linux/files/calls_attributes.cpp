// Changing what stat shows: chmod, chown, times, sizes.
#include "services/linux/core/syscall.hpp"
#include "services/linux/events/inotify.hpp"
#include "services/linux/files/clock.hpp"
#include "services/linux/files/file_limits.hpp"
#include "services/linux/files/permissions.hpp"
#include "services/linux/files/user_path.hpp"

namespace hinge::linux_service {
namespace {

constexpr i32 here = at_flag::current_directory;
constexpr u32 set_user_id = 04000, set_group_id = 02000, group_execute = 010;
constexpr i64 second_ns = 1'000'000'000;

Attempt<> may_change(Path const& path) {
  if (path && path.mount->read_only()) return fail(Errno::read_only);
  return ok;
}

Change change_now(u32 mask) {
  Change c{};
  c.mask = mask | Change::change;
  c.change_ns = wall_ns();
  return c;
}

/// Does it, and tells who watches.
Value change_told(Thread& self, Path const& path, Inode& inode, Change const& c, u32 event = inotify::attributes) {
  ATTEMPT(inode.change(self, c));
  if (inotify::any()) inotify::tell_path(path, event);
  return 0;
}

Value change_mode(Thread& self, Path const& path, Inode& inode, u32 mode) {
  ATTEMPT(may_change(path));
  if (!owns(*self.credentials, inode)) return Errno::not_permitted;
  Change c = change_now(Change::mode);
  c.new_mode = mode & permission_mask;
  if (!self.credentials->in_group(inode.group()) && !self.credentials->has(Capability::fsetid)) c.new_mode &= ~set_group_id;
  return change_told(self, path, inode, c);
}

Value change_owner(Thread& self, Path const& path, Inode& inode, u32 owner, u32 group) {
  constexpr u32 keep = ~0u;
  ATTEMPT(may_change(path));
  Credentials const& who = *self.credentials;
  bool const privileged = who.has(Capability::chown);
  if (owner != keep && !privileged && (who.fsuid != inode.owner() || owner != inode.owner())) return Errno::not_permitted;
  if (group != keep && !privileged && (who.fsuid != inode.owner() || (!who.in_group(group) && group != inode.group())))
    return Errno::not_permitted;
  Change c = change_now((owner != keep ? u32(Change::owner) : 0) | (group != keep ? u32(Change::group) : 0));
  c.new_owner = owner;
  c.new_group = group;
  // Set-id bits do not survive a change of hands; a mandatory-locking mark (setgid without x) does.
  if (!inode.is_directory() && (inode.mode() & (set_user_id | set_group_id))) {
    c.mask |= Change::mode;
    c.new_mode = inode.mode() & permission_mask & ~set_user_id;
    if (inode.mode() & group_execute) c.new_mode &= ~set_group_id;
  }
  return change_told(self, path, inode, c);
}

struct TimeSpec { i64 seconds, nanoseconds; };
constexpr i64 now_mark = (1 << 30) - 1, omit_mark = (1 << 30) - 2;  // UTIME_NOW, UTIME_OMIT

/// `times` null: now, which who may write may ask for.
Value change_times(Thread& self, Path const& path, Inode& inode, TimeSpec const* times) {
  ATTEMPT(may_change(path));
  TimeSpec const both_now[2] = {{0, now_mark}, {0, now_mark}};
  if (!times) times = both_now;
  for (u32 i = 0; i < 2; ++i)
    if (times[i].nanoseconds != now_mark && times[i].nanoseconds != omit_mark && u64(times[i].nanoseconds) >= u64(second_ns))
      return Errno::invalid;
  bool const all_now = times[0].nanoseconds == now_mark && times[1].nanoseconds == now_mark;
  if (times[0].nanoseconds == omit_mark && times[1].nanoseconds == omit_mark) return 0;
  if (!owns(*self.credentials, inode)) {
    if (!all_now) return Errno::not_permitted;
    ATTEMPT(check_permission(*self.credentials, inode, may::write));
  }
  Change c = change_now(0);
  auto const value = [&](TimeSpec const& t) { return t.nanoseconds == now_mark ? c.change_ns : t.seconds * second_ns + t.nanoseconds; };
  if (times[0].nanoseconds != omit_mark) c.mask |= Change::access, c.access_ns = value(times[0]);
  if (times[1].nanoseconds != omit_mark) c.mask |= Change::change_data, c.change_data_ns = value(times[1]);
  return change_told(self, path, inode, c);
}

struct TimeVal { i64 seconds, microseconds; };

/// utimes and futimesat: microseconds.
Value change_times_coarse(Thread& self, i32 directory, UserAddr path, UserAddr times) {
  Path const place = ATTEMPT(path_at(self, directory, path, true));
  if (times.raw() == 0) return change_times(self, place, place.inode(), nullptr);
  TimeVal given[2];
  ATTEMPT(copy_from_user(self, given, times));
  TimeSpec fine[2];
  for (u32 i = 0; i < 2; ++i) {
    if (u64(given[i].microseconds) >= 1'000'000) return Errno::invalid;
    fine[i] = {given[i].seconds, given[i].microseconds * 1000};
  }
  return change_times(self, place, place.inode(), fine);
}

/// The inode behind a descriptor, for the f... calls.
struct Held { Ref<File> file; Inode& inode() const { return *file->inode(); } };
Attempt<Held> inode_of(Thread& self, i32 fd, bool place_too = false) {
  Ref<File> file = ATTEMPT(file_at(self, fd));
  if (file->is_path() && !place_too) return fail(Errno::bad_descriptor);
  if (!file->inode()) return fail(Errno::invalid);
  return Held{std::move(file)};
}

Value own_at(Thread& self, i32 directory, UserAddr path, u32 owner, u32 group, bool follow, bool may_be_empty) {
  Place const p = ATTEMPT(place_at(self, directory, path, follow, may_be_empty));
  if (!p.path) return Errno::invalid;
  return change_owner(self, p.path, p.path.inode(), owner, group);
}

}  // namespace

Value sys_chmod(Thread& self, Args const& a) {
  Path const p = ATTEMPT(path_at(self, here, a.address(0), true));
  return change_mode(self, p, p.inode(), a.word(1));
}
Value sys_fchmodat(Thread& self, Args const& a) {
  Path const p = ATTEMPT(path_at(self, a.integer(0), a.address(1), true));
  return change_mode(self, p, p.inode(), a.word(2));
}
Value sys_fchmod(Thread& self, Args const& a) {
  auto const held = ATTEMPT(inode_of(self, a.integer(0)));
  return change_mode(self, held.file->path(), held.inode(), a.word(1));
}

Value sys_chown(Thread& self, Args const& a) { return own_at(self, here, a.address(0), a.word(1), a.word(2), true, false); }
Value sys_lchown(Thread& self, Args const& a) { return own_at(self, here, a.address(0), a.word(1), a.word(2), false, false); }
Value sys_fchownat(Thread& self, Args const& a) {
  u32 const flags = a.word(4);
  if (flags & ~(at_flag::no_follow | at_flag::empty_path)) return Errno::invalid;
  return own_at(self, a.integer(0), a.address(1), a.word(2), a.word(3), !(flags & at_flag::no_follow), flags & at_flag::empty_path);
}
Value sys_fchown(Thread& self, Args const& a) {
  auto const held = ATTEMPT(inode_of(self, a.integer(0)));
  return change_owner(self, held.file->path(), held.inode(), a.word(1), a.word(2));
}

Value sys_utimensat(Thread& self, Args const& a) {
  u32 const flags = a.word(3);
  if (flags & ~(at_flag::no_follow | at_flag::empty_path)) return Errno::invalid;
  TimeSpec times[2];
  bool const given = a[2] != 0;
  if (given) ATTEMPT(copy_from_user(self, times, a.address(2)));
  if (a[1] == 0 && a.integer(0) != here) {
    if (flags) return Errno::invalid;
    auto const held = ATTEMPT(inode_of(self, a.integer(0)));
    return change_times(self, held.file->path(), held.inode(), given ? times : nullptr);
  }
  Place const p = ATTEMPT(place_at(self, a.integer(0), a.address(1), !(flags & at_flag::no_follow), flags & at_flag::empty_path));
  if (!p.path) return Errno::bad_descriptor;
  return change_times(self, p.path, p.path.inode(), given ? times : nullptr);
}
Value sys_utimes(Thread& self, Args const& a) { return change_times_coarse(self, here, a.address(0), a.address(1)); }
Value sys_futimesat(Thread& self, Args const& a) { return change_times_coarse(self, a.integer(0), a.address(1), a.address(2)); }
Value sys_utime(Thread& self, Args const& a) {
  Path const place = ATTEMPT(path_at(self, here, a.address(0), true));
  if (a[1] == 0) return change_times(self, place, place.inode(), nullptr);
  i64 seconds[2];
  ATTEMPT(copy_from_user(self, seconds, a.address(1)));
  TimeSpec const fine[2] = {{seconds[0], 0}, {seconds[1], 0}};
  return change_times(self, place, place.inode(), fine);
}

Value sys_truncate(Thread& self, Args const& a) {
  if (a.signed_long(1) < 0) return Errno::invalid;
  Path const p = ATTEMPT(path_at(self, here, a.address(0), true));
  Inode& inode = p.inode();
  if (inode.is_directory()) return Errno::is_directory;
  if (!inode.is_regular()) return Errno::invalid;
  ATTEMPT(may_change(p));
  ATTEMPT(check_permission(*self.credentials, inode, may::write));
  if (inode.writers.load(std::memory_order_relaxed) < 0) return Errno::text_busy;
  if (a[1]) ATTEMPT(file_size_limit(self, a[1] - 1, 1));
  Change c = change_now(Change::size);
  c.new_size = a[1];
  return change_told(self, p, inode, c, inotify::modify);
}
Value sys_ftruncate(Thread& self, Args const& a) {
  if (a.signed_long(1) < 0) return Errno::invalid;
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  if (file->is_path()) return Errno::bad_descriptor;
  if (!file->writable()) return Errno::invalid;
  ATTEMPT(file->truncate(self, a[1]));
  if (inotify::any()) inotify::tell_path(file->path(), inotify::modify);
  return 0;
}
Value sys_fallocate(Thread& self, Args const& a) {
  i64 end;
  if (a.signed_long(2) < 0 || a.signed_long(3) <= 0) return Errno::invalid;
  if (__builtin_add_overflow(a.signed_long(2), a.signed_long(3), &end)) return Errno::file_too_big;
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  if (!file->writable()) return Errno::bad_descriptor;
  if (file->pipe()) return Errno::illegal_seek;
  return file->allocate(self, a.word(1), a[2], a[3]);
}

}  // namespace hinge::linux_service
