// Block groups: their descriptors, read through the cache.
#pragma once

#include "services/ext4/format/group.hpp"
#include "services/ext4/volume.hpp"

namespace hinge::ext4 {

/// Precondition: `group` < geometry().groups. corrupt: the checksum, or an inode table outside the file system.
[[nodiscard]] Result<format::GroupDescriptor> read_group(Session const& session, u32 group);

/// What a descriptor's checksum field should say; `bytes` are all descriptor_bytes of it.
[[nodiscard]] u16 group_checksum(Geometry const& geometry, u32 group, Bytes bytes);

}  // namespace hinge::ext4
