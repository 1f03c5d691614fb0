// Names of AF_UNIX sockets (unix(7)): a path, which stands for the inode that bind made, or an abstract name, which is any
// bytes after a zero. And the list of all of them, for /proc/net/unix.
#pragma once

#include <string_view>

#include "services/linux/sockets/socket.hpp"

namespace hinge::linux_service {

class Endpoint;

/// sun_path as bind was told; what getsockname and a receiver are told. Does not change.
struct UnixName : host::Shared<UnixName> {
  static constexpr u32 most = 108;
  UnixName(SocketType type, std::string_view text, Path place);

  [[nodiscard]] std::string_view text() const { return {text_, bytes_}; }
  [[nodiscard]] bool abstract() const { return !place; }
  SocketType const type;
  Path const place;            ///< Keeps the inode in memory as long as somebody is bound to it; null: abstract.
  Endpoint* owner = nullptr;   ///< Under the names' lock; null once it has closed.
  UnixName* next = nullptr;

 private:
  char text_[most];
  u32 bytes_ = 0;
};

namespace unix_names {

/// The text of an address of family AF_UNIX; invalid. Empty: to be bound to any name. For a path: without the zero.
Attempt<std::string_view> text_of(SocketAddress const& address);
/// As getsockname shows a name; null: none.
void show(UnixName const* name, SocketAddress& to);

/// Binds: makes the node of a path, takes an abstract name, or the next free one for an empty text. address_in_use...
Attempt<Ref<UnixName>> bind(Thread& self, Endpoint& owner, SocketType type, std::string_view text);
/// Who is bound to it. connection_refused, wrong_socket_type; access, no_entry... of the path.
Attempt<Ref<Endpoint>> find(Thread& self, SocketType type, std::string_view text);
/// `owner` has closed: nobody finds it any more. Nothing when the name is another one's (an accepted socket shows its listener's).
void forget(UnixName& name, Endpoint& owner);

void list(Endpoint& endpoint);
void unlist(Endpoint& endpoint);
/// The oldest endpoint after the one numbered `number`; null at the end.
Ref<Endpoint> next_listed(u64 number);

}  // namespace unix_names
}  // namespace hinge::linux_service
