// devtmpfs: the tree of device nodes at /dev. Nodes cannot be made or removed in it; shm and pts are places to
// mount on. And devpts: one node for each open pseudo-terminal, at /dev/pts.
#include "services/linux/dev/devices.hpp"
#include "services/linux/dev/memory.hpp"
#include "services/linux/disk/disks.hpp"
#include "services/linux/generated/node.hpp"
#include "services/linux/tty/pty.hpp"

namespace hinge::linux_service::dev {
namespace {

using generated::directory_mode;
using generated::Entry;
using generated::Found;
using generated::link_mode;
using generated::Names;
using generated::Subject;

template <u32 major, u32 minor>
u64 number(Subject const&) { return make_device(major, minor); }

template <u32 major, u32 minor>
constexpr Entry character(std::string_view name, u32 permissions) {
  Entry e{name, u32(FileType::character) | permissions};
  e.device = number<major, minor>;
  return e;
}

/// A symlink's target, one function for each text.
template <usize n>
struct Literal {
  char text[n];
  constexpr Literal(char const (&from)[n]) { for (usize i = 0; i < n; ++i) text[i] = from[i]; }
};
template <Literal to>
Attempt<> target(Thread&, Subject const&, Text& text) {
  text.append(std::string_view{to.text, sizeof to.text - 1});
  return ok;
}
template <Literal to>
constexpr Entry link(std::string_view name) {
  Entry e{name, link_mode};
  e.target = target<to>;
  return e;
}

constexpr Entry nodes[] = {
    character<1, 3>("null", 0666),
    character<1, 5>("zero", 0666),
    character<1, 7>("full", 0666),
    character<1, 8>("random", 0666),
    character<1, 9>("urandom", 0666),
    character<1, 11>("kmsg", 0644),
    character<5, 0>("tty", 0666),
    character<5, 1>("console", 0600),
    character<5, 2>("ptmx", 0666),
    character<4, 64>("ttyS0", 0660),
    character<4, 65>("ttyS1", 0660),
    {"pts", u32(FileType::directory) | 0755},
    {"shm", u32(FileType::directory) | 01777},
    link<"/proc/self/fd">("fd"),
    link<"/proc/self/fd/0">("stdin"),
    link<"/proc/self/fd/1">("stdout"),
    link<"/proc/self/fd/2">("stderr"),
};
u64 disk_number(Subject const& of) { return of.number; }
constexpr Entry disk_node{.name = "", .mode = u32(FileType::block) | 0660, .device = disk_number};
constexpr u32 disk_group = 6;  // Debian's.

Attempt<Found> find_disk(Thread&, Subject const&, std::string_view name) {
  Disk const* const disk = disks::find(name);
  if (!disk) return fail(Errno::no_entry);
  return Found{&disk_node, {.number = disk->device()}, 0, disk_group};
}
Attempt<> list_disks(Thread&, Subject const&, u64 from, Names& names) {
  for (u32 i = u32(from); Disk const* const disk = disks::at(i); ++i)
    if (!names.add(disk->name(), FileType::block, i + 1)) break;
  return ok;
}

constexpr Entry device_root{
    .name = "", .mode = u32(FileType::directory) | 0755, .children = nodes, .find = find_disk, .list = list_disks, .settled = true};

u64 slave_number(Subject const& of) { return make_device(Pty::slave_major, u32(of.number)); }
constexpr Entry slave{.name = "", .mode = u32(FileType::character) | 0620, .device = slave_number};

Attempt<Found> find_slave(Thread&, Subject const&, std::string_view name) {
  u64 const number = ATTEMPT(generated::number_in(name));
  Pty const* const pty = number < Pty::most ? Pty::find(u32(number)) : nullptr;
  if (!pty) return fail(Errno::no_entry);
  return Found{&slave, {.number = number}, pty->owner(), Pty::tty_group};
}
Attempt<> list_slaves(Thread&, Subject const&, u64 from, Names& names) {
  for (u32 n = u32(from); n < Pty::most; ++n)
    if (Pty::find(n) && !names.add(generated::Digits{n}.view(), FileType::character, n + 1)) break;
  return ok;
}
constexpr Entry pts_children[] = {character<5, 2>("ptmx", 0666)};
constexpr Entry pts_root{
    .name = "", .mode = u32(FileType::directory) | 0755, .children = pts_children, .find = find_slave, .list = list_slaves};

constexpr u64 tmpfs_magic = 0x01021994, devpts_magic = 0x1cd1;

Attempt<Ref<Superblock>> mount_devtmpfs(MountSource const&);
Attempt<Ref<Superblock>> mount_devpts(MountSource const&);
constinit FilesystemType const devtmpfs{"devtmpfs", false, mount_devtmpfs};
constinit FilesystemType const devpts{"devpts", false, mount_devpts};

Attempt<Ref<Superblock>> mount_devtmpfs(MountSource const&) {
  return generated::Tree::make(devtmpfs, device_root, tmpfs_magic);
}
Attempt<Ref<Superblock>> mount_devpts(MountSource const&) {
  return generated::Tree::make(devpts, pts_root, devpts_magic);
}

}  // namespace

void add_file_systems() {
  FilesystemType::add(devtmpfs);
  FilesystemType::add(devpts);
}

}  // namespace hinge::linux_service::dev
