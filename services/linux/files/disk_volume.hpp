// Volumes on disks: ext4, read-only so far.
#pragma once

#include "iface/filesystem.hpp"
#include "services/linux/files/superblock.hpp"

namespace hinge::linux_service {

class Disk;

namespace files {

/// The ext4 service; optional, to be listed in the image's required ports.
extern constinit Port<FileSystem> ext4_port;

}  // namespace files

extern FilesystemType const ext4_type;

/// The file system on a disk, mounted read-only; the same one when it is mounted already. invalid: none that the service
/// knows (its log says why); structure_needs_cleaning, io.
Attempt<Ref<Superblock>> open_disk_volume(Disk const& disk);

}  // namespace hinge::linux_service
