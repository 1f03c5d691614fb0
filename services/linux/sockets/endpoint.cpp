#include "services/linux/sockets/endpoint.hpp"

namespace hinge::linux_service {

void Endpoint::tell_all(u32 events) {
  readers.wake_all();
  room.wake_all();
  source.notify(events);
}

void Endpoint::push(Ref<Packet> packet) {
  queued_bytes.fetch_add(packet->charge(), std::memory_order_relaxed);
  ++queued_packets;
  queue.push(std::move(packet));
  readers.wake_all();
  source.notify(ready::readable);
}

void Endpoint::popped(Packet const& packet) {
  u32 const left = queued_bytes.fetch_sub(packet.charge(), std::memory_order_relaxed) - packet.charge();
  --queued_packets;
  room.wake_all();
  if (peer && left * 4 <= peer->send_bytes.load(std::memory_order_relaxed)) peer->source.notify(ready::writable | ready::write_band);
  if (queued_packets == most_datagrams)
    for (Endpoint* f = first_follower; f; f = f->next_follower) f->source.notify(ready::writable | ready::write_band);
}

Value Endpoint::nothing() {
  if (Errno const e = take_error(); e != Errno{}) return e;
  return shut & Socket::reading ? Value{0} : Value{Errno::again};
}

void Endpoint::shut_down(u32 directions) {
  Ref<Endpoint> other;
  {
    Guard guard{lock};
    shut |= directions;
    other = peer;
    tell_all(ready::readable | ready::writable | ready::read_hang_up | ready::hang_up);
  }
  if (!other) return;
  Guard guard{other->lock};
  u32 const mirrored = (directions & Socket::reading ? u32{Socket::writing} : 0) | (directions & Socket::writing ? u32{Socket::reading} : 0);
  if (by_connection()) other->shut |= mirrored;
  other->tell_all(ready::readable | ready::writable | ready::read_hang_up | ready::hang_up);
}

void Endpoint::join(Endpoint& a, Endpoint& b, Identity const& a_is, Identity const& b_is) __attribute__((no_thread_safety_analysis)) {
  a.peer = Ref<Endpoint>{b};
  b.peer = Ref<Endpoint>{a};
  a.peer_identity = b_is;
  b.peer_identity = a_is;
  if (a.by_connection()) a.state = b.state = State::connected;
}

void Endpoint::close(bool reset) {
  Ref<Endpoint> other;
  Ref<UnixName> old_name;
  PacketList unread;
  Endpoint* pending;
  {
    Guard guard{lock};
    closed = true;
    shut = both;
    other = std::move(peer);
    old_name = name;
    reset |= queue.first() != nullptr;
    unread.take_all(queue);
    queued_packets = 0;
    queued_bytes.store(0, std::memory_order_relaxed);
    pending = std::exchange(first_pending, nullptr);
    for (Endpoint* f = first_follower; f; f = f->next_follower) f->source.notify(ready::writable | ready::write_band);
    tell_all(ready::hang_up | ready::readable | ready::writable);
  }
  if (old_name) unix_names::forget(*old_name, *this);
  while (pending) {
    auto const never_accepted = Ref<Endpoint>::adopt(std::exchange(pending, pending->next_pending));
    never_accepted->close(true);
  }
  if (!other) return;
  Guard guard{other->lock};
  if (by_connection()) {
    other->shut = both;
    if (reset) other->error = Errno::connection_reset;
    other->tell_all(ready::hang_up | ready::read_hang_up | ready::readable | ready::writable | ready::error);
    return;
  }
  for (Endpoint** at = &other->first_follower; *at; at = &(*at)->next_follower)
    if (*at == this) {
      *at = next_follower;
      break;
    }
}

}  // namespace hinge::linux_service
