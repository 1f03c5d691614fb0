// UnixSocket: the open file of an AF_UNIX socket (unix(7)). Names and connections are in unix_connect.cpp, streams in
// unix_stream.cpp, datagrams and sequenced packets in unix_datagram.cpp.
#pragma once

#include "services/linux/sockets/endpoint.hpp"

namespace hinge::linux_service {

class UnixSocket final : public Socket {
 public:
  static Attempt<Ref<File>> make(SocketType type, u32 flags);
  /// socketpair: two that are connected.
  struct Pair { Ref<File> first, second; };
  static Attempt<Pair> make_pair(Thread& self, SocketType type, u32 flags);

  UnixSocket(SocketType type, u32 flags) : Socket{type, flags} {}
  void dispose() override;
  Attempt<> bind(Thread& self, SocketAddress const& to) override;
  Attempt<> listen(Thread& self, u32 backlog) override;
  Value connect(Thread& self, SocketAddress const& to) override;
  Value accept(Thread& self, u32 flags, Ref<File>& accepted) override;
  Attempt<> name_of(bool peer, SocketAddress& to) override;
  Attempt<> shut_down(u32 directions) override;
  Value send(Thread& self, Sending& what) override;
  Value receive(Thread& self, Receiving& into) override;
  Attempt<u32> option(Thread& self, u32 number, void* to, u32 room) override;
  Attempt<> set_option(Thread& self, u32 number, void const* value, u32 bytes) override;
  void each_bundle(BundleVisitor& visitor) override;

  u32 ready() override;
  PollSource* poll_source() override { return &end_->source; }
  [[nodiscard]] bool signals_readiness() const override { return true; }
  Value control(Thread& self, u32 request, u64 argument) override;

 private:
  static Attempt<Ref<UnixSocket>> around(SocketType type, u32 flags, Ref<Endpoint> end);
  Value connect_stream(Thread& self, std::string_view text);
  Attempt<> connect_datagram(Thread& self, Ref<Endpoint> to);
  /// A sender who tells who he is has a name: takes one if he has none.
  Attempt<> name_if_told(Thread& self);
  Value send_stream(Thread& self, Sending& what);
  Value send_packet(Thread& self, Sending& what);
  Attempt<Ref<Endpoint>> receiver_of(Thread& self, Sending const& what);
  Value receive_stream(Thread& self, Receiving& into);
  Value receive_packet(Thread& self, Receiving& into);
  /// A packet with the next `bytes` of what is sent, and from whom: bad_address, no_memory, no_buffers.
  Attempt<Ref<Packet>> packet_of(Thread& self, Sending& what, u32 bytes, Endpoint const& to, bool with_files);
  /// Fills in who sent this, as far as the receiver asked for it.
  void tell_sender(Packet const& packet, Receiving& into) const;

  Ref<Endpoint> end_;
};

}  // namespace hinge::linux_service
