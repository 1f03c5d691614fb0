// Streams: what is sent is cut into packets of a heap block's size; a receive takes from as many as it needs, but not
// beyond one that carries files, nor, for who asked for senders, from two of them at once.
#include <algorithm>

#include "services/linux/signal/send.hpp"
#include "services/linux/sockets/unix_socket.hpp"

namespace hinge::linux_service {
namespace {

constexpr u32 most_in_packet = 8192 - sizeof(Packet);

Value broken(Thread& self, Sending const& what, u64 done) {
  if (done) return done;
  if (!(what.flags & message_flag::no_signal)) (void)send_signal(self, from_kernel(Signal::pipe));
  return Errno::broken_pipe;
}

/// Copies from packets on without taking, from `skip` bytes into the queue on. False: a page was missing.
bool peek(Packet* p, usize skip, Receiving& into) {
  for (; p && into.data.left(); p = p->next) {
    usize const there = p->bytes - p->taken;
    if (skip >= there) {
      skip -= there;
      continue;
    }
    usize const n = std::min(there - skip, into.data.left());
    if (into.data.put(p->data() + p->taken + skip, n) < n) return false;
    skip = 0;
    if (p->files) {
      into.files = p->files;
      break;
    }
  }
  return true;
}

}  // namespace

Value UnixSocket::send_stream(Thread& self, Sending& what) {
  Ref<Endpoint> const to = end_->peer_now();
  if (what.to) return to ? Errno::connected : Errno::not_supported;
  if (!to) return Errno::not_connected;
  what.data.skip(self.request.progress);
  u64& done = self.request.progress;
  while (what.data.left()) {
    {
      Guard guard{end_->lock};
      if (end_->shut & writing) return broken(self, what, done);
    }
    if (to->queued_bytes.load(std::memory_order_relaxed) >= send_bytes()) {
      bool enqueued = false;
      {
        Guard guard{to->lock};
        if (!to->closed && !(to->shut & reading) && to->is_full(*end_, send_bytes())) {
          if (!waits(what.flags) || waited_out(self)) return done ? Value{done} : Value{Errno::again};
          ATTEMPT(to->room.enqueue(self));
          enqueued = true;
        }
      }
      if (enqueued && done && self.interrupted()) return done;
      if (enqueued) return wait(self, true);
    }
    auto packet = packet_of(self, what, u32(std::min<usize>(what.data.left(), most_in_packet)), *to, done == 0);
    if (!packet) return done ? Value{done} : Value{packet.error()};
    u32 const bytes = (*packet)->bytes;
    {
      Guard guard{to->lock};
      if (!to->closed && !(to->shut & reading)) to->push(std::move(*packet));
    }
    if (*packet) return broken(self, what, done);
    done += bytes;
  }
  return done;
}

Value UnixSocket::receive_stream(Thread& self, Receiving& into) {
  bool const peeks = into.flags & message_flag::peek;
  if (!peeks) into.data.skip(self.request.progress);
  usize const wanted = into.data.done() + into.data.left(), target = into.flags & message_flag::wait_all ? wanted : std::min<usize>(wanted, 1);
  PacketList emptied;
  for (bool told = false;;) {
    bool full = false, waiting = false;
    {
      Endpoint& e = *end_;
      Guard guard{e.lock};
      if (e.state != Endpoint::State::connected) return Errno::invalid;
      if (Packet* const first = e.queue.first(); first && !told) tell_sender(*first, into), told = true;
      if (peeks) full = peek(e.queue.first(), into.data.done(), into) && (into.data.done() || !wanted);
      while (!peeks && !full) {
        Packet* const p = e.queue.first();
        if (!p || !into.data.left()) break;
        if (into.has_identity && p->has_identity && p->sender != into.identity) {
          full = true;
          break;
        }
        usize const n = std::min<usize>(p->bytes - p->taken, into.data.left());
        usize const put = into.data.put(p->data() + p->taken, n);
        p->taken += u32(put);
        if (put && p->files) into.files = std::move(p->files), full = true;
        if (p->taken == p->bytes) {
          e.popped(*p);
          emptied.push(e.queue.pop());
        }
        if (put < n) break;
      }
      usize const done = into.data.done();
      if (full || !into.data.left() || (!e.queue.first() && done >= target)) break;
      if (!e.queue.first()) {
        Value const end = e.nothing();
        if (!end.is(Errno::again)) return done ? Value{done} : end;
        if (!waits(into.flags) || waited_out(self)) return done ? Value{done} : end;
        ATTEMPT(e.readers.enqueue(self));
        waiting = true;
      }
    }
    if (waiting) {
      self.request.progress = peeks ? 0 : into.data.done();
      if (self.request.progress && self.interrupted()) return self.request.progress;
      return wait(self, false);
    }
    if (auto const there = into.data.populate(self, true); !there) {
      if (into.data.done()) break;
      return there.error();
    }
  }
  if (into.files && !peeks) Collector::arrives(*into.files);
  return into.data.done();
}

}  // namespace hinge::linux_service
