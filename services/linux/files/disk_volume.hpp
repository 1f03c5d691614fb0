// Volumes on disks: ext4.
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

/// The file system on a disk, mounted; the same one when it is mounted already. busy: it is, the other way, or a program has
/// the disk to itself. invalid: none that the service knows (its log says why); read_only, structure_needs_cleaning, io.
Attempt<Ref<Superblock>> open_disk_volume(Disk& disk, bool read_only);

}  // namespace hinge::linux_service
