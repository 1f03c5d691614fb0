// The driver behind block device nodes: an open disk or partition.
#pragma once

namespace hinge::linux_service::disks {

/// Nodes with Disk::major open disks from now on.
void add_block_driver();

}  // namespace hinge::linux_service::disks
