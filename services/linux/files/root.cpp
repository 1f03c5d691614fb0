#include "services/linux/files/root.hpp"

#include "host/log.hpp"
#include "services/linux/core/machine.hpp"
#include "services/linux/disk/disks.hpp"
#include "services/linux/files/disk_volume.hpp"
#include "services/linux/files/for_process.hpp"
#include "services/linux/files/mount.hpp"
#include "services/linux/files/path.hpp"
#include "services/linux/files/tmpfs_options.hpp"
#include "services/linux/files/unpack.hpp"
#include "services/linux/files/volume.hpp"

namespace hinge::linux_service::files {
namespace {

char const* reason(Errno e) {
  switch (e) {
    case Errno::invalid: return "no ext4 file system, or one with features that are not known";
    case Errno::structure_needs_cleaning: return "its ext4 file system is damaged";
    case Errno::read_only: return "it can only be read (boot without \"rw\")";
    case Errno::io: return "it cannot be read";
    default: return "it cannot be mounted";
  }
}

/// The disk that `root` asks for, mounted; null: the root is to be a tmpfs.
Attempt<Ref<Superblock>> find_disk_root(std::string_view root, bool read_only, std::string_view& name) {
  if (root == "tmpfs") return Ref<Superblock>{};
  if (!root.empty() && root != "disk") {
    if (root.starts_with("/dev/")) root.remove_prefix(5);
    Disk* const disk = disks::find(root);
    if (!disk) {
      host::log("root: there is no disk {}", root);
      return fail(Errno::no_device);
    }
    name = disk->name();
    auto found = open_disk_volume(*disk, read_only);
    if (!found) host::log("root: /dev/{}: {}", name, reason(found.error()));
    return found;
  }
  Errno why = Errno::no_device;
  for (u32 i = 0; Disk* const disk = disks::at(i); ++i) {
    auto found = open_disk_volume(*disk, read_only);
    name = disk->name();
    if (found) return found;
    why = found.error();
    if (root == "disk") host::log("root: /dev/{}: {}", name, reason(why));
  }
  if (root.empty()) return Ref<Superblock>{};
  host::log("root: no disk has a file system to boot from");
  return fail(why);
}

Attempt<Ref<Mount>> mount_root(Ref<Superblock> superblock, u64 flags, std::string_view source) {
  Ref<Name> root = ATTEMPT(Name::make(nullptr, {}, superblock->root()));
  auto mount = host::make_ref<Mount>(std::move(superblock), std::move(root), flags, source);
  if (!mount) return fail(Errno::no_memory);
  MountTable::set_root(mount);
  return mount;
}

/// The directory `text` in the root, to be mounted on. An image that lacks it gets its name without the inode: what lies
/// below a mount is never seen, so any directory (`instead`) will do.
Attempt<Path> place_in(Ref<Mount> const& root, std::string_view text, Ref<Inode> instead) {
  auto& volume = static_cast<Volume&>(root->superblock());
  auto found = volume.child(*volume.top(), text);
  Ref<Inode> inode = found && (*found)->is_directory() ? Ref<Inode>{*found} : std::move(instead);
  return Path{root, ATTEMPT(NameCache::add(*root->root(), text, std::move(inode)))};
}

Attempt<> cover(Ref<Mount> const& root, std::string_view text, Ref<Volume> volume) {
  Path const place = ATTEMPT(place_in(root, text, volume->root()));
  Ref<Name> top = ATTEMPT(Name::make(nullptr, {}, volume->root()));
  auto mount = host::make_ref<Mount>(Ref<Superblock>{volume}, std::move(top), u64{0}, "tmpfs");
  if (!mount) return fail(Errno::no_memory);
  return MountTable::attach(std::move(mount), place);
}

constinit Mount* memory = nullptr;  ///< Made at start, for good.

Attempt<> make_memory_mount(Ref<Volume> volume) {
  Ref<Name> top = ATTEMPT(Name::make(nullptr, {}, volume->root()));
  auto mount = host::make_ref<Mount>(Ref<Superblock>{volume}, std::move(top), u64{0}, "tmpfs");
  if (!mount) return fail(Errno::no_memory);
  memory = mount.leak();
  return ok;
}

}  // namespace

Ref<Mount> memory_mount() { return Ref<Mount>{*memory}; }

Attempt<> start(Lifecycle::Start const& boot, std::string_view root, bool writable) {
  FilesystemType::add(tmpfs_type);
  FilesystemType::add(ext4_type);
  ATTEMPT(disks::start());
  std::string_view name;
  Ref<Superblock> disk = ATTEMPT(find_disk_root(root, !writable, name));
  auto const first = ATTEMPT(make_tmpfs(0, {.pages = PageQuota::unlimited, .mode = 0755}));
  ATTEMPT(make_memory_mount(first));
  if (boot.boot_bytes) ATTEMPT(unpack_archive(*first, boot, disk ? "root/run/" : "root/"));
  if (!disk) return mount_root(Ref<Superblock>{first}, 0, "tmpfs") ? Attempt<>{ok} : fail(Errno::no_memory);

  char const* const how = writable ? "read-write" : "read-only";
  host::log("root: /dev/{}, {}", name, how);
  char source[16];
  auto const text = format_to(std::span<char>{source}, "/dev/{}", name);
  Ref<Mount> const mount = ATTEMPT(mount_root(std::move(disk), writable ? 0 : mount_flag::read_only, text));
  ATTEMPT(cover(mount, "run", first));
  if (!writable) {
    TmpfsOptions options = TmpfsOptions::in(machine().frames);
    ATTEMPT(cover(mount, "tmp", ATTEMPT(make_tmpfs(Volume::new_number(), options))));
    options.mode = 0700;
    ATTEMPT(cover(mount, "root", ATTEMPT(make_tmpfs(Volume::new_number(), options))));
  }
  for (std::string_view later : {"dev", "proc", "sys"}) (void)ATTEMPT(place_in(mount, later, first->root()));
  return ok;
}

}  // namespace hinge::linux_service::files
