// Making, naming and connecting sockets, and their options.
#include <algorithm>

#include "services/linux/core/syscall.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/user_path.hpp"
#include "services/linux/sockets/unix_socket.hpp"
#include "services/linux/sockets/user_address.hpp"

namespace hinge::linux_service {

Attempt<> read_address(Thread& self, UserAddr from, i64 bytes, SocketAddress& to) {
  to.bytes = 0;
  if (bytes < 0 || bytes > SocketAddress::most) return fail(Errno::invalid);
  if (!from.raw() || !bytes) return ok;
  ATTEMPT(copy_from_user(self, to.data, from, usize(bytes)));
  to.bytes = u32(bytes);
  return ok;
}

Attempt<> write_address(Thread& self, UserAddr to, u32 room, SocketAddress const& from) {
  return copy_to_user(self, to, from.data, std::min(room, from.bytes));
}

Attempt<> write_address(Thread& self, UserAddr to, UserAddr length, SocketAddress const& from) {
  i32 room;
  ATTEMPT(copy_from_user(self, room, length));
  if (room < 0) return fail(Errno::invalid);
  ATTEMPT(write_address(self, to, u32(room), from));
  return copy_to_user(self, length, i32(from.bytes));
}

Attempt<SocketAt> socket_at(Thread& self, i32 fd) {
  SocketAt at{ATTEMPT(file_in_use(self, fd))};
  if (at.file->is_path()) return fail(Errno::bad_descriptor);
  if (!at.file->socket()) return fail(Errno::not_socket);
  return at;
}

namespace {

constexpr u32 type_mask = 0xf, flag_mask = open_flag::nonblock | open_flag::close_on_exec;

u64 descriptor_limit(Thread& self) { return self.process().limit(Resource::descriptors); }

/// The type of an AF_UNIX socket: no_socket_type for others; a raw one is a datagram socket.
Attempt<SocketType> unix_type(u32 family, u32 type, u32 protocol) {
  if (type & ~(type_mask | flag_mask)) return fail(Errno::invalid);
  if (family != family_unix) return fail(Errno::no_address_family);
  if (protocol && protocol != family_unix) return fail(Errno::no_protocol);
  switch (SocketType(type & type_mask)) {
    case SocketType::stream: return SocketType::stream;
    case SocketType::datagram: case SocketType::raw: return SocketType::datagram;
    case SocketType::sequence: return SocketType::sequence;
  }
  return fail(Errno::no_socket_type);
}

Value accept_with(Thread& self, Args const& a, u32 flags) {
  if (flags & ~flag_mask) return Errno::invalid;
  SocketAt const socket = ATTEMPT(socket_at(self, a.integer(0)));
  Ref<File> accepted;
  Value const done = socket->accept(self, flags & open_flag::nonblock, accepted);
  if (!accepted) return done;
  if (a[1]) {
    SocketAddress peer;
    if (!accepted->socket()->name_of(true, peer)) return Errno::connection_refused;
    ATTEMPT(write_address(self, a.address(1), a.address(2), peer));
  }
  return self.process().descriptors->install(std::move(accepted), flags & open_flag::close_on_exec, descriptor_limit(self));
}

}  // namespace

Value sys_socket(Thread& self, Args const& a) {
  SocketType const type = ATTEMPT(unix_type(a.word(0), a.word(1), a.word(2)));
  Ref<File> file = ATTEMPT(UnixSocket::make(type, a.word(1) & open_flag::nonblock));
  return self.process().descriptors->install(std::move(file), a.word(1) & open_flag::close_on_exec, descriptor_limit(self));
}

Value sys_socketpair(Thread& self, Args const& a) {
  SocketType const type = ATTEMPT(unix_type(a.word(0), a.word(1), a.word(2)));
  auto pair = ATTEMPT(UnixSocket::make_pair(self, type, a.word(1) & open_flag::nonblock));
  Descriptors& table = *self.process().descriptors;
  i32 fds[2];
  ATTEMPT(table.install_pair(std::move(pair.first), std::move(pair.second), a.word(1) & open_flag::close_on_exec, descriptor_limit(self), fds));
  if (auto const copied = copy_to_user(self, a.address(3), fds); !copied) {
    (void)table.close(self, fds[0]);
    (void)table.close(self, fds[1]);
    return copied.error();
  }
  return 0;
}

Value sys_bind(Thread& self, Args const& a) {
  SocketAt const socket = ATTEMPT(socket_at(self, a.integer(0)));
  SocketAddress to;
  ATTEMPT(read_address(self, a.address(1), a.integer(2), to));
  return socket->bind(self, to);
}

Value sys_listen(Thread& self, Args const& a) { return ATTEMPT(socket_at(self, a.integer(0)))->listen(self, a.word(1)); }

Value sys_connect(Thread& self, Args const& a) {
  SocketAt const socket = ATTEMPT(socket_at(self, a.integer(0)));
  SocketAddress to;
  ATTEMPT(read_address(self, a.address(1), a.integer(2), to));
  return socket->connect(self, to);
}

Value sys_accept(Thread& self, Args const& a) { return accept_with(self, a, 0); }
Value sys_accept4(Thread& self, Args const& a) { return accept_with(self, a, a.word(3)); }

Value sys_getsockname(Thread& self, Args const& a) {
  SocketAddress name;
  ATTEMPT(ATTEMPT(socket_at(self, a.integer(0)))->name_of(false, name));
  return write_address(self, a.address(1), a.address(2), name);
}

Value sys_getpeername(Thread& self, Args const& a) {
  SocketAddress name;
  ATTEMPT(ATTEMPT(socket_at(self, a.integer(0)))->name_of(true, name));
  return write_address(self, a.address(1), a.address(2), name);
}

Value sys_shutdown(Thread& self, Args const& a) {
  enum How : u32 { read, write, both };
  SocketAt const socket = ATTEMPT(socket_at(self, a.integer(0)));
  if (a.word(1) > both) return Errno::invalid;
  return socket->shut_down(a.word(1) == read ? Socket::reading : a.word(1) == write ? Socket::writing : Socket::reading | Socket::writing);
}

Value sys_setsockopt(Thread& self, Args const& a) {
  char value[64];
  SocketAt const socket = ATTEMPT(socket_at(self, a.integer(0)));
  if (a.integer(4) < 0) return Errno::invalid;
  if (a.integer(1) != socket_level) return Errno::not_supported;
  u32 const bytes = std::min<u32>(a.word(4), sizeof value);
  ATTEMPT(copy_from_user(self, value, a.address(3), bytes));
  return socket->set_option(self, a.word(2), value, bytes);
}

Value sys_getsockopt(Thread& self, Args const& a) {
  char value[64];
  i32 room;
  SocketAt const socket = ATTEMPT(socket_at(self, a.integer(0)));
  ATTEMPT(copy_from_user(self, room, a.address(4)));
  if (room < 0) return Errno::invalid;
  if (a.integer(1) != socket_level) return Errno::not_supported;
  u32 const bytes = ATTEMPT(socket->option(self, a.word(2), value, std::min<u32>(u32(room), sizeof value)));
  ATTEMPT(copy_to_user(self, a.address(3), value, bytes));
  return copy_to_user(self, a.address(4), i32(bytes));
}

}  // namespace hinge::linux_service
