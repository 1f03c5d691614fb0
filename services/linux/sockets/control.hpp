// What goes beside a message's bytes: descriptors and credentials, as struct cmsghdr lays them out (cmsg(3), unix(7)).
#pragma once

#include "services/linux/sockets/socket.hpp"

namespace hinge::linux_service {

/// Reads what a sendmsg takes along into `what`: files from descriptors, a checked identity. invalid, not_permitted,
/// bad_descriptor, no_buffers (too long), no_process.
Attempt<> read_control(Thread& self, UserAddr control, u64 bytes, Sending& what);

/// Writes what a recvmsg found, and makes descriptors of its files as far as there is room; what has none is dropped, and
/// `told` says so. Returns how many bytes of control were written.
Attempt<u64> write_control(Thread& self, UserAddr control, u64 room, Receiving& what);

}  // namespace hinge::linux_service
