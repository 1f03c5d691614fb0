// What the kinds of AF_UNIX sockets share: making, readiness, options, and packets around what is sent.
#include "services/linux/sockets/unix_socket.hpp"

#include <algorithm>
#include <cstring>

#include "services/linux/core/user_memory.hpp"

namespace hinge::linux_service {

Attempt<Ref<UnixSocket>> UnixSocket::around(SocketType type, u32 flags, Ref<Endpoint> end) {
  auto socket = Ref<UnixSocket>::adopt(host::make<UnixSocket>(type, flags));
  if (!socket) return fail(Errno::no_memory);
  if (!end) end = host::make_ref<Endpoint>(type, socket->number());
  if (!end) return fail(Errno::no_memory);
  end->send_bytes.store(socket->send_bytes(), std::memory_order_relaxed);
  socket->end_ = std::move(end);
  return socket;
}

Attempt<Ref<File>> UnixSocket::make(SocketType type, u32 flags) { return Ref<File>{ATTEMPT(around(type, flags, nullptr))}; }

Attempt<UnixSocket::Pair> UnixSocket::make_pair(Thread& self, SocketType type, u32 flags) {
  auto first = ATTEMPT(around(type, flags, nullptr));
  auto second = ATTEMPT(around(type, flags, nullptr));
  Identity const us = effective_identity(self);
  Endpoint::join(*first->end_, *second->end_, us, us);
  return Pair{Ref<File>{first}, Ref<File>{second}};
}

void UnixSocket::dispose() {
  if (end_) end_->close();
  host::destroy(this);
  Collector::collect();
}

Value UnixSocket::send(Thread& self, Sending& what) {
  if (what.flags & message_flag::out_of_band) return Errno::not_supported;
  return type() == SocketType::stream ? send_stream(self, what) : send_packet(self, what);
}

Value UnixSocket::receive(Thread& self, Receiving& into) {
  if (into.flags & message_flag::out_of_band) return Errno::not_supported;
  return type() == SocketType::stream ? receive_stream(self, into) : receive_packet(self, into);
}

Attempt<Ref<Packet>> UnixSocket::packet_of(Thread& self, Sending& what, u32 bytes, Endpoint const& to, bool with_files) {
  Ref<Packet> packet = Packet::make(bytes);
  if (!packet) return fail(Errno::no_buffers);
  for (u32 done = 0; done < bytes;) {
    done += u32(what.data.take(packet->data() + done, bytes - done));
    if (done < bytes) ATTEMPT(what.data.populate(self, false));
  }
  packet->has_identity = what.has_identity || end_->wants_identity.load(std::memory_order_relaxed) || to.wants_identity.load(std::memory_order_relaxed);
  if (packet->has_identity) packet->sender = what.has_identity ? what.identity : real_identity(self);
  packet->from = end_->name_now();
  if (with_files && what.files) {
    packet->files = std::move(what.files);
    Collector::departs(*packet->files);
  }
  return packet;
}

void UnixSocket::tell_sender(Packet const& packet, Receiving& into) const {
  if (into.from && packet.from) unix_names::show(packet.from.get(), *into.from);
  into.has_identity = end_->wants_identity.load(std::memory_order_relaxed);
  into.identity = packet.has_identity ? packet.sender : Identity{0, Identity::nobody, Identity::nobody};
}

void UnixSocket::each_bundle(BundleVisitor& visitor) {
  auto const visit = [&](Endpoint& e) {
    Guard guard{e.lock};
    for (Packet* p = e.queue.first(); p; p = p->next)
      if (p->files) visitor.visit(p->files);
  };
  visit(*end_);
  // Of a listener: what lies in connections that nobody has accepted. They are few, and looked at one by one.
  for (u32 i = 0;; ++i) {
    Ref<Endpoint> pending;
    {
      Guard guard{end_->lock};
      Endpoint* e = end_->first_pending;
      for (u32 k = 0; e && k < i; ++k) e = e->next_pending;
      if (!e) return;
      pending = Ref<Endpoint>{*e};
    }
    visit(*pending);
  }
}

u32 UnixSocket::ready() {
  u32 bits = 0;
  Ref<Endpoint> other;
  bool room = true;
  {
    Endpoint& e = *end_;
    Guard guard{e.lock};
    if (e.error != Errno{}) bits |= ready::error;
    if (e.shut == Endpoint::both) bits |= ready::hang_up;
    if (e.shut & reading) bits |= ready::read_hang_up | ready::readable;
    if (e.queue.first() || e.first_pending) bits |= ready::readable;
    if (e.by_connection() && e.state == Endpoint::State::idle) bits |= ready::hang_up;
    room = e.state != Endpoint::State::listening;
    other = e.peer;
  }
  if (other) {
    u32 const queued = other->queued_bytes.load(std::memory_order_relaxed);
    if (u64{queued} * 4 > send_bytes()) room = false;
    if (type() == SocketType::datagram) {
      Guard guard{other->lock};
      if (other->is_full(*end_, send_bytes())) room = false;
    }
  }
  return bits | (room ? ready::writable | ready::write_band : 0);
}

Value UnixSocket::control(Thread& self, u32 request, u64 argument) {
  constexpr u32 bytes_to_read = 0x541b, bytes_unread_by_peer = 0x5411;
  i32 count = 0;
  if (request == bytes_to_read) {
    Guard guard{end_->lock};
    if (end_->state == Endpoint::State::listening) return Errno::invalid;
    for (Packet* p = end_->queue.first(); p; p = p->next) {
      count += i32(p->bytes - p->taken);
      if (type() == SocketType::datagram) break;
    }
  } else if (request == bytes_unread_by_peer) {
    if (Ref<Endpoint> const other = end_->peer_now()) count = i32(other->queued_bytes.load(std::memory_order_relaxed));
  } else {
    return Errno::not_terminal;
  }
  return copy_to_user(self, UserAddr{argument}, count);
}

}  // namespace hinge::linux_service
