// Socket addresses in the caller's memory.
#pragma once

#include "services/linux/core/user_memory.hpp"
#include "services/linux/sockets/socket.hpp"

namespace hinge::linux_service {

/// invalid when it is longer than any address; null or of no length: none.
Attempt<> read_address(Thread& self, UserAddr from, i64 bytes, SocketAddress& to);
/// Writes as much as `room` holds.
Attempt<> write_address(Thread& self, UserAddr to, u32 room, SocketAddress const& from);
/// The same when the room stands at `length`, and the whole length is to be written there. invalid for a negative room.
Attempt<> write_address(Thread& self, UserAddr to, UserAddr length, SocketAddress const& from);

/// The socket behind a descriptor: bad_descriptor, not_socket. The file holds it.
struct SocketAt {
  FileInUse file;
  [[nodiscard]] Socket* operator->() const { return file->socket(); }
  [[nodiscard]] Socket& operator*() const { return *file->socket(); }
};
Attempt<SocketAt> socket_at(Thread& self, i32 fd);

}  // namespace hinge::linux_service
