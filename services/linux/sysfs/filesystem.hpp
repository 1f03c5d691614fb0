// sysfs: what there is to see of Hinge itself below /sys/hinge, and of the processors where the C libraries look.
//   /sys/hinge/services        a table of all services, one a line, under a line of column names
//   /sys/hinge/map             who calls whom: "client server role" a line
//   /sys/hinge/service/NAME/   the same figures, one a file
//   /sys/hinge/fault           takes "SERVICE KIND": that service breaks on purpose (iface/faults.hpp)
#pragma once

#include "iface/placement.hpp"

namespace hinge::linux_service::sysfs {

/// Whom the figures come from; main.cpp lists it in the image.
extern Port<System> system_port;

/// At start: makes "sysfs" known to mount(2).
void add_file_system();

}  // namespace hinge::linux_service::sysfs
