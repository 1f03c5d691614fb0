// Names and connections of AF_UNIX sockets: bind, listen, connect, accept, shutdown, and who the peer is.
#include "services/linux/sockets/unix_socket.hpp"

#include <algorithm>
#include <cstring>

namespace hinge::linux_service {
namespace {

/// Options of level SOL_SOCKET that are AF_UNIX' own, or answered by it.
enum class Option : u32 { error = 4, tell_identity = 16, peer_identity = 17, accepts = 30, protocol = 38, domain = 39, peer_groups = 59 };

constexpr u32 most_backlog = 4096;  // somaxconn

}  // namespace

Attempt<> UnixSocket::bind(Thread& self, SocketAddress const& to) {
  std::string_view const text = ATTEMPT(unix_names::text_of(to));
  {
    Guard guard{end_->lock};
    if (end_->name || end_->binding) {
      if (text.empty() && end_->name) return ok;
      return fail(Errno::invalid);
    }
    end_->binding = true;
  }
  auto name = unix_names::bind(self, *end_, type(), text);
  Guard guard{end_->lock};
  end_->binding = false;
  if (!name) return fail(name.error());
  end_->name = std::move(*name);
  return ok;
}

Attempt<> UnixSocket::name_if_told(Thread& self) {
  if (!end_->wants_identity.load(std::memory_order_relaxed) || end_->name_now()) return ok;
  SocketAddress any{};
  unix_names::show(nullptr, any);
  auto const bound = bind(self, any);
  if (!bound && bound.error() != Errno::invalid) return bound;
  return ok;
}

Attempt<> UnixSocket::listen(Thread& self, u32 backlog) {
  if (type() == SocketType::datagram) return fail(Errno::not_supported);
  Endpoint& e = *end_;
  Guard guard{e.lock};
  if (!e.name || e.state == Endpoint::State::connected) return fail(Errno::invalid);
  e.state = Endpoint::State::listening;
  e.backlog = std::min(backlog, most_backlog);
  e.identity = effective_identity(self);
  e.room.wake_all();
  return ok;
}

Value UnixSocket::connect(Thread& self, SocketAddress const& to) {
  if (type() == SocketType::datagram && to.family() == family_unspecified && to.bytes >= sizeof(u16))
    return connect_datagram(self, nullptr);
  std::string_view const text = ATTEMPT(unix_names::text_of(to));
  ATTEMPT(name_if_told(self));
  if (type() == SocketType::datagram) return connect_datagram(self, ATTEMPT(unix_names::find(self, type(), text)));
  return connect_stream(self, text);
}

Value UnixSocket::connect_stream(Thread& self, std::string_view text) {
  Ref<Endpoint> const listener = ATTEMPT(unix_names::find(self, type(), text));
  Ref<UnixSocket> const served = ATTEMPT(around(type(), 0, nullptr));  // Lends its number; accept makes the file anew.
  Ref<Endpoint> const other = std::exchange(served->end_, nullptr);
  Identity const us = effective_identity(self);
  {
    BothEndpoints const guard{*end_, *listener};
    Endpoint &e = *end_, &l = *listener;
    auto const step = [&]() __attribute__((no_thread_safety_analysis)) -> Attempt<bool> {
      if (e.state != Endpoint::State::idle) return fail(e.state == Endpoint::State::connected ? Errno::connected : Errno::invalid);
      if (l.closed || l.state != Endpoint::State::listening || l.shut & reading) return fail(Errno::connection_refused);
      if (l.pending_count > l.backlog) {
        if (!waits(0) || waited_out(self)) return fail(Errno::again);
        ATTEMPT(l.room.enqueue(self));
        return false;
      }
      Endpoint::join(e, *other, us, l.identity);
      other->name = l.name;
      (l.last_pending && l.first_pending ? l.last_pending->next_pending : l.first_pending) = other.get();
      l.last_pending = other.get();
      other->retain();
      ++l.pending_count;
      l.readers.wake_all();
      l.source.notify(ready::readable);
      e.source.notify(ready::writable);
      return true;
    };
    if (ATTEMPT(step())) return 0;
  }
  return wait(self, true);
}

Attempt<> UnixSocket::connect_datagram(Thread&, Ref<Endpoint> to) {
  Ref<Endpoint> old;  // Dropped after the locks.
  {
    Guard guard{end_->lock};
    if (to == end_->peer) return ok;
  }
  if (to) {
    BothEndpoints const guard{*end_, *to};
    auto const step = [&]() __attribute__((no_thread_safety_analysis)) -> Attempt<> {
      if (to->closed) return fail(Errno::connection_refused);
      if (to->peer && to->peer != end_) return fail(Errno::not_permitted);
      return ok;
    };
    ATTEMPT(step());
  }
  {
    Guard guard{end_->lock};
    old = std::exchange(end_->peer, nullptr);
  }
  if (old) {
    Guard guard{old->lock};
    Endpoint** at = &old->first_follower;
    while (*at && *at != end_.get()) at = &(*at)->next_follower;
    if (*at) *at = end_->next_follower;
  }
  if (!to) return ok;
  if (to != end_) {
    Guard guard{to->lock};
    end_->next_follower = std::exchange(to->first_follower, end_.get());
  }
  Guard guard{end_->lock};
  end_->peer = std::move(to);
  end_->source.notify(ready::writable);
  return ok;
}

Value UnixSocket::accept(Thread& self, u32 flags, Ref<File>& accepted) {
  if (type() == SocketType::datagram) return Errno::not_supported;
  Ref<Endpoint> next;
  {
    Endpoint& e = *end_;
    Guard guard{e.lock};
    if (e.state != Endpoint::State::listening || e.shut & reading) return Errno::invalid;
    if (e.first_pending) {
      next = Ref<Endpoint>::adopt(e.first_pending);
      e.first_pending = next->next_pending;
      --e.pending_count;
      e.room.wake_all();
    } else {
      if (!waits(0) || waited_out(self)) return Errno::again;
      ATTEMPT(e.readers.enqueue(self));
    }
  }
  if (!next) return wait(self, false);
  auto file = around(type(), flags, next);
  if (!file) {
    next->close(true);
    return file.error();
  }
  accepted = Ref<File>{*file};
  return 0;
}

Attempt<> UnixSocket::name_of(bool peer, SocketAddress& to) {
  Ref<Endpoint> const whose = peer ? end_->peer_now() : end_;
  if (!whose) return fail(Errno::not_connected);
  unix_names::show(whose->name_now().get(), to);
  return ok;
}

Attempt<> UnixSocket::shut_down(u32 directions) {
  end_->shut_down(directions);
  return ok;
}

Attempt<u32> UnixSocket::option(Thread& self, u32 number, void* to, u32 room) {
  i32 word = 0;
  Guard guard{end_->lock};
  switch (Option(number)) {
    case Option::error: word = i32(end_->take_error()); break;
    case Option::tell_identity: word = end_->wants_identity.load(std::memory_order_relaxed); break;
    case Option::accepts: word = end_->state == Endpoint::State::listening; break;
    case Option::protocol: break;
    case Option::domain: word = family_unix; break;
    case Option::peer_identity:
      room = std::min<u32>(room, sizeof(Identity));
      std::memcpy(to, &end_->peer_identity, room);
      return room;
    default: return Socket::option(self, number, to, room);
  }
  room = std::min<u32>(room, sizeof word);
  std::memcpy(to, &word, room);
  return room;
}

Attempt<> UnixSocket::set_option(Thread& self, u32 number, void const* value, u32 bytes) {
  if (Option(number) == Option::tell_identity) {
    i32 word;
    if (bytes < sizeof word) return fail(Errno::invalid);
    std::memcpy(&word, value, sizeof word);
    end_->wants_identity.store(word != 0, std::memory_order_relaxed);
    return ok;
  }
  ATTEMPT(Socket::set_option(self, number, value, bytes));
  end_->send_bytes.store(send_bytes(), std::memory_order_relaxed);
  return ok;
}

}  // namespace hinge::linux_service
