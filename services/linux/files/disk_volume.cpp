#include "services/linux/files/disk_volume.hpp"

#include "services/linux/disk/disks.hpp"
#include "services/linux/files/mount.hpp"
#include "services/linux/files/volume.hpp"

namespace hinge::linux_service {
namespace {

Attempt<Ref<Superblock>> mount_ext4(MountSource const& from) {
  Disk* const disk = disks::find(from.device);
  if (!disk) return fail(Errno::no_device_or_address);
  return open_disk_volume(*disk, from.flags & mount_flag::read_only);
}

Ref<Superblock> mounted_from(u64 device) {
  for (u32 i = 0; auto known = MountTable::superblock(i); ++i)
    if (known->device() == device) return known;
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

Attempt<Ref<Superblock>> open_disk_volume(Disk& disk, bool read_only) {
  if (Ref<Superblock> known = mounted_from(disk.device())) {
    if (known->read_only() != read_only) return fail(Errno::busy);
    return known;
  }
  if (!disks::claim(disk)) return fail(Errno::busy);
  u64 const number = Volume::new_number();
  auto const mounted = files::ext4_port.on(FileSystem::Mount{number, disk.unit, disk.first, disk.blocks, read_only}, Caller{});
  if (!mounted) {
    disks::release(disk);
    return fail(refused(mounted.error()));
  }
  auto volume = Volume::make(ext4_type, files::ext4_port, number, disk.device(), mounted->read_only != 0);
  if (volume) return Ref<Superblock>{*volume};
  (void)files::ext4_port.on(FileSystem::Unmount{number}, Caller{});
  disks::release(disk);
  return fail(volume.error());
}

}  // namespace hinge::linux_service
