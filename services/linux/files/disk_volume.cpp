#include "services/linux/files/disk_volume.hpp"

#include "services/linux/disk/disks.hpp"
#include "services/linux/files/mount.hpp"
#include "services/linux/files/path.hpp"
#include "services/linux/files/volume.hpp"

namespace hinge::linux_service {
namespace {

Attempt<Ref<Superblock>> mount_ext4(MountSource const& from) {
  Disk const* const disk = disks::find(from.device);
  if (!disk) return fail(Errno::no_device_or_address);
  if (!(from.flags & mount_flag::read_only)) return fail(Errno::read_only);
  return open_disk_volume(*disk);
}

Ref<Superblock> mounted_from(u64 device) {
  Ref<Mount> mount;
  Path place;
  for (u32 i = 0; MountTable::entry(i, mount, place); ++i)
    if (mount->superblock().device() == device) return Ref<Superblock>{mount->superblock()};
  return nullptr;
}

/// What a program is told when the service does not mount it.
Errno refused(Error e) {
  switch (e) {
    case Error::corrupt: return Errno::structure_needs_cleaning;
    case Error::not_supported: case Error::not_found: return Errno::invalid;
    default: return from(e);
  }
}

}  // namespace

constinit Port<FileSystem> files::ext4_port;
constinit FilesystemType const ext4_type{"ext4", true, mount_ext4};

Attempt<Ref<Superblock>> open_disk_volume(Disk const& disk) {
  if (Ref<Superblock> known = mounted_from(disk.device())) return known;
  u64 const number = Volume::new_number();
  auto const mounted = files::ext4_port.on(FileSystem::Mount{number, disk.unit, disk.first, disk.blocks, 1}, Caller{});
  if (!mounted) return fail(refused(mounted.error()));
  return Ref<Superblock>{ATTEMPT(Volume::make(ext4_type, files::ext4_port, number, disk.device()))};
}

}  // namespace hinge::linux_service
