// Extended attributes, where a volume on a disk has them.
#include <algorithm>

#include "services/linux/core/syscall.hpp"
#include "services/linux/files/permissions.hpp"
#include "services/linux/files/user_path.hpp"

namespace hinge::linux_service {
namespace {

constexpr usize most_bytes = 65536;  ///< XATTR_SIZE_MAX, XATTR_LIST_MAX.

/// Room in our slot for a value or a list.
struct Room {
  explicit Room(usize wanted) : bytes{std::min(wanted, most_bytes)}, at{static_cast<char*>(host::allocate(std::max<usize>(bytes, 1)))} {}
  Room(Room const&) = delete;
  ~Room() { host::release(at); }
  [[nodiscard]] Buffer buffer() const { return {reinterpret_cast<u64>(at), u32(bytes), 1}; }
  usize bytes;
  char* at;
};

/// The inode that a call is about: of a path, or with `path` null of a descriptor.
Attempt<Ref<Inode>> inode_at(Thread& self, u64 what, bool path, bool follow) {
  if (path) return Ref<Inode>{ATTEMPT(path_at(self, at_flag::current_directory, UserAddr{what}, follow)).inode()};
  Ref<File> const file = ATTEMPT(file_at(self, i32(what)));
  if (file->is_path()) return fail(Errno::bad_descriptor);
  if (!file->inode()) return fail(Errno::not_supported);
  return Ref<Inode>{*file->inode()};
}

/// Who may see an attribute depends on the first part of its name (xattr(7)).
Attempt<> may_read(Thread& self, Inode const& inode, std::string_view name) {
  if (name.starts_with("trusted.") && !self.credentials->has(Capability::sys_admin)) return fail(Errno::no_data);
  if (!name.starts_with("user.")) return ok;
  if (!inode.is_regular() && !inode.is_directory()) return fail(Errno::no_data);
  return check_permission(*self.credentials, inode, may::read);
}

/// `length` is what there is; nothing is copied when the caller only asks for that.
Value give(Thread& self, UserAddr to, u64 size, Room const& room, u64 length) {
  if (size == 0) return length;
  if (length > size) return Errno::range;
  ATTEMPT(copy_to_user(self, to, room.at, length));
  return length;
}

Value get(Thread& self, Args const& a, bool path, bool follow) {
  Ref<Inode> const inode = ATTEMPT(inode_at(self, a[0], path, follow));
  UserPath name;
  ATTEMPT(name.read(self, a.address(1)));
  if (name.text().empty() || name.text().size() > FileName::max_bytes) return Errno::range;
  ATTEMPT(may_read(self, *inode, name.text()));
  Room const room{a[3]};
  if (!room.at) return Errno::no_memory;
  return give(self, a.address(2), a[3], room, ATTEMPT(inode->read_attribute(name.text(), room.buffer())));
}

Value list(Thread& self, Args const& a, bool path, bool follow) {
  Ref<Inode> const inode = ATTEMPT(inode_at(self, a[0], path, follow));
  Room const room{a[2]};
  if (!room.at) return Errno::no_memory;
  return give(self, a.address(1), a[2], room, ATTEMPT(inode->list_attributes(room.buffer())));
}

/// Who may change an attribute: of "user." ones who may write the file, of the others the owner or nobody but root.
Attempt<> may_write(Thread& self, Inode const& inode, std::string_view name) {
  if (name.starts_with("trusted.") || name.starts_with("security."))
    return self.credentials->has(Capability::sys_admin) ? Attempt<>{ok} : fail(Errno::not_permitted);
  if (name.starts_with("system.")) return owns(*self.credentials, inode) ? Attempt<>{ok} : fail(Errno::not_permitted);
  if (!name.starts_with("user.")) return fail(Errno::not_supported);
  if (!inode.is_regular() && !inode.is_directory()) return fail(Errno::not_permitted);
  return check_permission(*self.credentials, inode, may::write);
}

/// The inode and the checked name of a change.
struct Target { Ref<Inode> inode; UserPath name; };
Attempt<> find_target(Thread& self, Args const& a, bool path, bool follow, Target& t) {
  if (path) {
    Path const place = ATTEMPT(path_at(self, at_flag::current_directory, a.address(0), follow));
    if (place.mount->read_only()) return fail(Errno::read_only);
    t.inode = Ref<Inode>{place.inode()};
  } else {
    Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
    if (file->path() && file->path().mount->read_only()) return fail(Errno::read_only);
    t.inode = ATTEMPT(inode_at(self, a[0], false, follow));
  }
  ATTEMPT(t.name.read(self, a.address(1)));
  if (t.name.text().empty() || t.name.text().size() > FileName::max_bytes) return fail(Errno::range);
  return may_write(self, *t.inode, t.name.text());
}

Value set(Thread& self, Args const& a, bool path, bool follow) {
  constexpr u32 create = 1, replace = 2;
  if (a.word(4) & ~(create | replace)) return Errno::invalid;
  if (a[3] > most_bytes) return Errno::too_big;
  Target t;
  ATTEMPT(find_target(self, a, path, follow, t));
  Room const value{a[3]};
  if (!value.at) return Errno::no_memory;
  ATTEMPT(copy_from_user(self, value.at, a.address(2), a[3]));
  Buffer from = value.buffer();
  from.writable = 0;
  return t.inode->set_attribute(self, t.name.text(), from, a.word(4));
}

Value remove(Thread& self, Args const& a, bool path, bool follow) {
  Target t;
  ATTEMPT(find_target(self, a, path, follow, t));
  return t.inode->remove_attribute(self, t.name.text());
}

}  // namespace

Value sys_getxattr(Thread& self, Args const& a) { return get(self, a, true, true); }
Value sys_lgetxattr(Thread& self, Args const& a) { return get(self, a, true, false); }
Value sys_fgetxattr(Thread& self, Args const& a) { return get(self, a, false, false); }
Value sys_listxattr(Thread& self, Args const& a) { return list(self, a, true, true); }
Value sys_llistxattr(Thread& self, Args const& a) { return list(self, a, true, false); }
Value sys_flistxattr(Thread& self, Args const& a) { return list(self, a, false, false); }
Value sys_setxattr(Thread& self, Args const& a) { return set(self, a, true, true); }
Value sys_lsetxattr(Thread& self, Args const& a) { return set(self, a, true, false); }
Value sys_fsetxattr(Thread& self, Args const& a) { return set(self, a, false, false); }
Value sys_removexattr(Thread& self, Args const& a) { return remove(self, a, true, true); }
Value sys_lremovexattr(Thread& self, Args const& a) { return remove(self, a, true, false); }
Value sys_fremovexattr(Thread& self, Args const& a) { return remove(self, a, false, false); }

}  // namespace hinge::linux_service
