// sysfs: what there is to see of Hinge itself below /sys/hinge, and of the processors where the C libraries look.
//   /sys/hinge/services        a table of all services, one a line, under a line of column names
//   /sys/hinge/map             who calls whom: "client server role" a line
//   /sys/hinge/service/NAME/   the same figures, one a file
//   /sys/hinge/service/NAME/domain     takes "kernel" or the name of a user-side domain: the service moves there
//   /sys/hinge/service/NAME/last_move  how its last move went, "name value" a line
//   /sys/hinge/service/NAME/end        takes "kill" (its domain ends), or "restart" (it is drained before)
//   /sys/hinge/preset          takes a preset's name: every service that it puts elsewhere moves there
//   /sys/hinge/prices          what a request costs along each edge, as a call and as a message, measured when read
//   /sys/hinge/trace           takes a process group's number: its requests and all services' calls are recorded, until 0;
//                              reading takes what there is (prices.hpp)
//   /sys/hinge/fault           takes "SERVICE KIND": that service breaks on purpose, at once (iface/faults.hpp);
//                              "SERVICE KIND N": in the middle of an operation, N fault points later
#pragma once

#include "iface/placement.hpp"

namespace hinge::linux_service::sysfs {

/// Whom the figures come from; main.cpp lists it in the image.
extern Port<System> system_port;

/// At start: makes "sysfs" known to mount(2).
void add_file_system();

}  // namespace hinge::linux_service::sysfs
