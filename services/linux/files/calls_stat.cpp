// stat in all its forms, access, statfs.
#include "services/linux/core/syscall.hpp"
#include "services/linux/files/permissions.hpp"
#include "services/linux/files/user_path.hpp"

namespace hinge::linux_service {
namespace {

constexpr i64 second_ns = 1'000'000'000;
struct TimeSpec { i64 seconds, nanoseconds; };
constexpr TimeSpec time_of(i64 ns) {
  i64 const seconds = ns / second_ns - (ns % second_ns < 0);
  return {seconds, ns - seconds * second_ns};
}

/// struct stat of x86-64 (asm/stat.h).
struct Stat {
  u64 device, inode, links;
  u32 mode, owner, group, padding;
  u64 special_device;
  i64 size, block_bytes, blocks;
  TimeSpec access, change_data, change;
  i64 reserved[3];
};
static_assert(sizeof(Stat) == 144);

/// struct statx (uapi/linux/stat.h).
struct StatxTime { i64 seconds; u32 nanoseconds; i32 reserved; };
struct Statx {
  u32 mask, block_bytes;
  u64 attributes;
  u32 links, owner, group;
  u16 mode, padding;
  u64 inode, size, blocks, attributes_mask;
  StatxTime access, birth, change, change_data;
  u32 special_major, special_minor, major, minor;
  u64 mount;
  u64 reserved[13];
};
static_assert(sizeof(Statx) == 256);

Value write_stat(Thread& self, UserAddr to, Status const& s) {
  Stat out{};
  out.device = encode_device(s.device);
  out.inode = s.of.inode.raw();
  out.links = s.of.links;
  out.mode = s.of.mode;
  out.owner = s.of.owner;
  out.group = s.of.group;
  out.special_device = encode_device(s.of.device);
  out.size = i64(s.of.size);
  out.block_bytes = s.block_bytes;
  out.blocks = i64(s.blocks);
  out.access = time_of(s.of.access_ns);
  out.change_data = time_of(s.of.change_data_ns);
  out.change = time_of(s.of.change_ns);
  return copy_to_user(self, to, out);
}

Value stat_place(Thread& self, UserAddr to, Place const& place) {
  return write_stat(self, to, ATTEMPT(place.file ? place.file->status(self) : place.path.inode().status(self)));
}

Value stat_at(Thread& self, i32 directory, UserAddr path, UserAddr to, u32 flags) {
  constexpr u32 known = at_flag::no_follow | at_flag::no_automount | at_flag::empty_path | at_flag::sync_mask;
  if (flags & ~known) return Errno::invalid;
  return stat_place(self, to, ATTEMPT(place_at(self, directory, path, !(flags & at_flag::no_follow), flags & at_flag::empty_path)));
}

StatxTime statx_time(i64 ns) {
  auto const t = time_of(ns);
  return {t.seconds, u32(t.nanoseconds), 0};
}

/// access(2) asks for the real ids, unless told otherwise; a real user who is not root has no privileges then.
Value access_at(Thread& self, i32 directory, UserAddr path, u32 mode, u32 flags) {
  if (mode & ~7u || flags & ~(at_flag::effective_access | at_flag::no_follow | at_flag::empty_path)) return Errno::invalid;
  Place const place = ATTEMPT(place_at(self, directory, path, !(flags & at_flag::no_follow), flags & at_flag::empty_path));
  if (!place.path || mode == 0) return 0;
  Inode const& inode = place.path.inode();
  Credentials const& who = *self.credentials;
  if (flags & at_flag::effective_access) ATTEMPT(check_permission(who, inode, mode));
  else ATTEMPT(check_permission_as(who, who.uid, who.gid, who.uid == 0, inode, mode));
  if ((mode & may::write) && place.path.mount->read_only() && (inode.is_regular() || inode.is_directory())) return Errno::read_only;
  if ((mode & may::execute) && inode.is_regular() && place.path.mount->flags() & mount_flag::no_execute) return Errno::access;
  return 0;
}

/// struct statfs of x86-64.
struct StatFs {
  i64 type, block_bytes;
  u64 blocks, blocks_free, blocks_available, files, files_free;
  i32 id[2];
  i64 name_bytes, fragment_bytes, flags, spare[4];
};
static_assert(sizeof(StatFs) == 120);

Value statfs_of(Thread& self, Mount const& mount, UserAddr to) {
  auto const s = ATTEMPT(mount.superblock().statistics());
  constexpr i64 valid = 0x20;  // ST_VALID
  StatFs out{};
  out.type = i64(s.kind);
  out.block_bytes = out.fragment_bytes = i64(s.block_bytes);
  out.blocks = s.blocks;
  out.blocks_free = out.blocks_available = s.blocks_free;
  out.files = s.inodes;
  out.files_free = s.inodes_free;
  out.id[0] = i32(mount.superblock().device());
  out.name_bytes = i64(s.name_max);
  out.flags = valid | i64(mount.flags() & (mount_flag::read_only | mount_flag::no_set_uid | mount_flag::no_devices | mount_flag::no_execute));
  return copy_to_user(self, to, out);
}

}  // namespace

Value sys_stat(Thread& self, Args const& a) { return stat_at(self, at_flag::current_directory, a.address(0), a.address(1), 0); }
Value sys_lstat(Thread& self, Args const& a) {
  return stat_at(self, at_flag::current_directory, a.address(0), a.address(1), at_flag::no_follow);
}
Value sys_newfstatat(Thread& self, Args const& a) { return stat_at(self, a.integer(0), a.address(1), a.address(2), a.word(3)); }
Value sys_fstat(Thread& self, Args const& a) {
  return write_stat(self, a.address(1), ATTEMPT(ATTEMPT(file_in_use(self, a.integer(0)))->status(self)));
}

Value sys_statx(Thread& self, Args const& a) {
  constexpr u32 basic = 0x7ff, birth = 0x800, mount_id = 0x1000, reserved = 0x8000'0000;
  constexpr u64 mount_root = 0x2000;
  u32 const flags = a.word(2);
  if (a.word(3) & reserved || (flags & at_flag::sync_mask) == at_flag::sync_mask) return Errno::invalid;
  if (flags & ~(at_flag::no_follow | at_flag::no_automount | at_flag::empty_path | at_flag::sync_mask)) return Errno::invalid;
  Place const place = ATTEMPT(place_at(self, a.integer(0), a.address(1), !(flags & at_flag::no_follow), flags & at_flag::empty_path));
  Status const s = ATTEMPT(place.file ? place.file->status(self) : place.path.inode().status(self));
  Statx out{};
  out.mask = basic | birth | (place.path ? mount_id : 0);
  out.block_bytes = s.block_bytes;
  out.attributes_mask = mount_root;
  if (place.path && place.path.name == place.path.mount->root()) out.attributes = mount_root;
  out.links = s.of.links;
  out.owner = s.of.owner;
  out.group = s.of.group;
  out.mode = u16(s.of.mode);
  out.inode = s.of.inode.raw();
  out.size = s.of.size;
  out.blocks = s.blocks;
  out.access = statx_time(s.of.access_ns);
  out.birth = statx_time(s.of.birth_ns);
  out.change = statx_time(s.of.change_ns);
  out.change_data = statx_time(s.of.change_data_ns);
  out.special_major = u32(s.of.device >> 32);
  out.special_minor = u32(s.of.device);
  out.major = u32(s.device >> 32);
  out.minor = u32(s.device);
  out.mount = place.path ? place.path.mount->id() : 0;
  return copy_to_user(self, a.address(4), out);
}

Value sys_access(Thread& self, Args const& a) { return access_at(self, at_flag::current_directory, a.address(0), a.word(1), 0); }
Value sys_faccessat(Thread& self, Args const& a) { return access_at(self, a.integer(0), a.address(1), a.word(2), 0); }
Value sys_faccessat2(Thread& self, Args const& a) { return access_at(self, a.integer(0), a.address(1), a.word(2), a.word(3)); }

Value sys_statfs(Thread& self, Args const& a) {
  return statfs_of(self, *ATTEMPT(path_at(self, at_flag::current_directory, a.address(0), true)).mount, a.address(1));
}
Value sys_fstatfs(Thread& self, Args const& a) {
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  if (!file->path()) return Errno::no_system_call;
  return statfs_of(self, *file->path().mount, a.address(1));
}

}  // namespace hinge::linux_service
