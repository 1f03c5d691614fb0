// Datagrams and sequenced packets: what is sent in one piece is received in one piece. A datagram socket may send to
// anybody by name; a sequenced-packet socket only to whom it is connected.
#include <algorithm>

#include "services/linux/sockets/unix_socket.hpp"

namespace hinge::linux_service {

/// Whom this goes to.
Attempt<Ref<Endpoint>> UnixSocket::receiver_of(Thread& self, Sending const& what) {
  if (type() == SocketType::datagram && what.to) {
    std::string_view const text = ATTEMPT(unix_names::text_of(*what.to));
    return unix_names::find(self, type(), text);
  }
  Ref<Endpoint> to = end_->peer_now();
  if (!to) return fail(Errno::not_connected);
  return to;
}

Value UnixSocket::send_packet(Thread& self, Sending& what) {
  constexpr u32 kept_back = 32;
  Ref<Endpoint> const to = ATTEMPT(receiver_of(self, what));
  ATTEMPT(name_if_told(self));
  usize const bytes = what.data.left();
  if (bytes > send_bytes() - kept_back) return Errno::message_size;
  bool const by_name = type() == SocketType::datagram && what.to;
  {
    Guard guard{end_->lock};
    if (end_->shut & writing) return Errno::broken_pipe;
  }
  Ref<Packet> packet = ATTEMPT(packet_of(self, what, u32(bytes), *to, true));
  bool closed;
  {
    Guard guard{to->lock};
    closed = to->closed;
    if (!closed) {
      if (type() == SocketType::datagram && to->peer && to->peer != end_) return Errno::not_permitted;
      if (to->shut & reading) return Errno::broken_pipe;
      if (!to->is_full(*end_, send_bytes())) {
        to->push(std::move(packet));
        return bytes;
      }
      if (!waits(what.flags) || waited_out(self)) return Errno::again;
      ATTEMPT(to->room.enqueue(self));
    }
  }
  if (!closed) return wait(self, true);
  if (type() == SocketType::sequence) return Errno::broken_pipe;
  if (!by_name) ATTEMPT(connect_datagram(self, nullptr));
  return Errno::connection_refused;
}

Value UnixSocket::receive_packet(Thread& self, Receiving& into) {
  bool const peeks = into.flags & message_flag::peek;
  Ref<Packet> packet;
  {
    Endpoint& e = *end_;
    Guard guard{e.lock};
    if (e.by_connection() && e.state != Endpoint::State::connected) return Errno::not_connected;
    if (Packet* const first = e.queue.first()) {
      packet = Ref<Packet>{*first};
      if (!peeks) {
        e.popped(*first);
        e.queue.pop();
      }
    } else {
      Value const end = e.nothing();
      if (!end.is(Errno::again)) {
        if (end.is_error() || e.by_connection() || waits(into.flags)) return end;
        return Errno::again;
      }
      if (!waits(into.flags) || waited_out(self)) return end;
      ATTEMPT(e.readers.enqueue(self));
    }
  }
  if (!packet) return wait(self, false);
  tell_sender(*packet, into);
  usize const bytes = std::min<usize>(packet->bytes, into.data.left());
  for (usize done = 0; done < bytes;) {
    done += into.data.put(packet->data() + done, bytes - done);
    if (done < bytes) ATTEMPT(into.data.populate(self, true));
  }
  {
    Guard guard{end_->lock};  // Who peeks and who takes may hold the same packet.
    into.files = peeks ? packet->files : std::move(packet->files);
  }
  if (into.files && !peeks) Collector::arrives(*into.files);
  if (packet->bytes > bytes) into.told |= message_flag::truncated;
  return into.flags & message_flag::truncated ? packet->bytes : u32(bytes);
}

}  // namespace hinge::linux_service
