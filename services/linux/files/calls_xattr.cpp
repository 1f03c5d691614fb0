// Extended attributes: read where a volume has them. Nothing can set one so far.
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

/// Setting and removing: the path is looked at first, as Linux does.
Value refuse(Thread& self, Args const& a, bool path, bool follow) {
  ATTEMPT(inode_at(self, a[0], path, follow));
  return Errno::not_supported;
}

}  // namespace

Value sys_getxattr(Thread& self, Args const& a) { return get(self, a, true, true); }
Value sys_lgetxattr(Thread& self, Args const& a) { return get(self, a, true, false); }
Value sys_fgetxattr(Thread& self, Args const& a) { return get(self, a, false, false); }
Value sys_listxattr(Thread& self, Args const& a) { return list(self, a, true, true); }
Value sys_llistxattr(Thread& self, Args const& a) { return list(self, a, true, false); }
Value sys_flistxattr(Thread& self, Args const& a) { return list(self, a, false, false); }
Value sys_setxattr(Thread& self, Args const& a) { return refuse(self, a, true, true); }
Value sys_lsetxattr(Thread& self, Args const& a) { return refuse(self, a, true, false); }
Value sys_fsetxattr(Thread& self, Args const& a) { return refuse(self, a, false, false); }
Value sys_removexattr(Thread& self, Args const& a) { return refuse(self, a, true, true); }
Value sys_lremovexattr(Thread& self, Args const& a) { return refuse(self, a, true, false); }
Value sys_fremovexattr(Thread& self, Args const& a) { return refuse(self, a, false, false); }

}  // namespace hinge::linux_service
