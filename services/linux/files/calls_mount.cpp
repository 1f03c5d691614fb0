// mount and umount2.
#include "services/linux/core/syscall.hpp"
#include "services/linux/files/mounting.hpp"
#include "services/linux/files/user_path.hpp"

namespace hinge::linux_service {
namespace {

constexpr u64 propagation = mount_flag::unbindable | mount_flag::private_ | mount_flag::slave | mount_flag::shared;

Value remount(Path const& place, u64 flags) {
  if (place.name != place.mount->root()) return Errno::invalid;
  Superblock& whole = place.mount->superblock();
  bool const wanted = flags & mount_flag::read_only;
  // With MS_BIND it is about this mount alone, else about the file system and all its mounts.
  if (!(flags & mount_flag::bind) && whole.read_only() != wanted) ATTEMPT(whole.set_read_only(wanted));
  if (!wanted && whole.read_only()) return Errno::read_only;
  MountTable::set_flags(*place.mount, flags);
  return 0;
}

Attempt<u64> block_device(Thread& self, UserAddr source) {
  if (source == UserAddr{}) return fail(Errno::invalid);
  Path const node = ATTEMPT(path_at(self, at_flag::current_directory, source, true));
  if (node.inode().type() != FileType::block) return fail(Errno::not_block_device);
  if (node.mount->flags() & mount_flag::no_devices) return fail(Errno::access);
  return node.inode().device();
}

/// The tree at `source` appears at `place` too.
Value bind(Thread& self, UserAddr source, Path const& place) {
  Path const from = ATTEMPT(path_at(self, at_flag::current_directory, source, true));
  if (from.inode().is_directory() != place.inode().is_directory()) return Errno::not_directory;
  auto mount = host::make_ref<Mount>(Ref<Superblock>{from.mount->superblock()}, from.name, from.mount->flags(), from.mount->source());
  if (!mount) return Errno::no_memory;
  return MountTable::attach(std::move(mount), place);
}

}  // namespace

Value sys_mount(Thread& self, Args const& a) {
  if (!self.credentials->has(Capability::sys_admin)) return Errno::not_permitted;
  constexpr u64 magic = 0xc0ed'0000, magic_mask = 0xffff'0000;  // Old programs put it into the upper half.
  u64 flags = a[3];
  if ((flags & magic_mask) == magic) flags &= ~magic_mask;
  UserPath source, type, options;
  Path const place = ATTEMPT(path_at(self, at_flag::current_directory, a.address(1), true));
  if (flags & mount_flag::remount) return remount(place, flags);
  if (flags & mount_flag::bind) return bind(self, a.address(0), place);
  if (flags & propagation) return place.name == place.mount->root() ? Value{0} : Value{Errno::invalid};
  if (flags & mount_flag::move) return Errno::invalid;
  if (a[2] == 0) return Errno::invalid;
  ATTEMPT(type.read(self, a.address(2)));
  if (a[0]) ATTEMPT(source.read(self, a.address(0)));
  if (a[4]) ATTEMPT(options.read(self, a.address(4)));
  FilesystemType const* const found = FilesystemType::find(type.text());
  if (!found) return Errno::no_device;
  if (!place.inode().is_directory()) return Errno::not_directory;
  MountSource from{source.text().empty() ? "none" : source.text(), options.text(), 0, flags};
  if (found->needs_device) from.device = ATTEMPT(block_device(self, a.address(0)));
  return mount_filesystem(*found, from, place);
}

Value sys_umount2(Thread& self, Args const& a) {
  constexpr u32 force = 1, detach = 2, expire = 4, no_follow = 8;
  if (a.word(1) & ~(force | detach | expire | no_follow)) return Errno::invalid;
  if (!self.credentials->has(Capability::sys_admin)) return Errno::not_permitted;
  Ref<Mount> mount;
  {
    Path const place = ATTEMPT(path_at(self, at_flag::current_directory, a.address(0), !(a.word(1) & no_follow)));
    if (place.name != place.mount->root()) return Errno::invalid;
    mount = place.mount;
  }
  bool const used = NameCache::prune(*mount->root());
  if (used && !(a.word(1) & detach)) return Errno::busy;
  ATTEMPT(mount->superblock().synchronize());
  return MountTable::detach(*mount, a.word(1) & detach);
}

}  // namespace hinge::linux_service
