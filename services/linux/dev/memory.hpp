// /dev/null, zero, full, random, urandom and kmsg: the character devices of major number 1.
#pragma once

namespace hinge::linux_service::dev {

/// At start: registers the devices.
void add_memory_devices();

}  // namespace hinge::linux_service::dev
