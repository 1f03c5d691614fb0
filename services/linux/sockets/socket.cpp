// What all sockets share: reads and writes as receives and sends, the waits' time limits, options that are only kept.
#include "services/linux/sockets/socket.hpp"

#include <algorithm>
#include <cstring>

#include "base/format.hpp"
#include "services/linux/files/clock.hpp"
#include "services/linux/files/wait_time.hpp"

namespace hinge::linux_service {
namespace {

constinit std::atomic<u64> next_number{1};

/// Options of level SOL_SOCKET, numbers as in Linux' asm-generic/socket.h.
enum class Option : u32 {
  debug = 1, reuse_address = 2, type = 3, do_not_route = 5, broadcast = 6, send_buffer = 7, receive_buffer = 8, keep_alive = 9,
  in_line = 10, no_check = 11, priority = 12, linger = 13, reuse_port = 15, receive_low_water = 18, send_low_water = 19,
  receive_time = 20, send_time = 21, timestamp = 29, send_buffer_forced = 32, receive_buffer_forced = 33, timestamp_ns = 35, mark = 36,
};
constexpr u64 bit(Option o) { return u64{1} << u32(o); }
constexpr u64 plain_switches = bit(Option::debug) | bit(Option::reuse_address) | bit(Option::do_not_route) | bit(Option::broadcast) |
                               bit(Option::keep_alive) | bit(Option::in_line) | bit(Option::no_check) | bit(Option::reuse_port) |
                               bit(Option::timestamp) | bit(Option::timestamp_ns);

u32 put(void* to, u32 room, void const* value, u32 bytes) {
  bytes = std::min(room, bytes);
  std::memcpy(to, value, bytes);
  return bytes;
}
u32 put(void* to, u32 room, i32 value) { return put(to, room, &value, sizeof value); }

}  // namespace

Socket::Socket(SocketType type, u32 flags)
    : File{flags | open_flag::read_write, Path{}}, type_{type}, number_{next_number.fetch_add(1, std::memory_order_relaxed)} {}

Value Socket::read(Thread& self, Transfer& into, u64) {
  if (!into.left()) return 0;
  Receiving r{.data = std::move(into)};
  return receive(self, r);
}

Value Socket::write(Thread& self, Transfer& from, u64) {
  Sending s{.data = std::move(from)};
  return send(self, s);
}

Attempt<Status> Socket::status(Thread& self) {
  constexpr u64 socket_device = make_device(0, 0xfff1);
  Status s{};
  s.device = socket_device;
  s.of.inode = InodeNumber{number_};
  s.of.mode = u32(FileType::socket) | 0777;
  s.of.links = 1;
  s.of.owner = self.credentials->fsuid;
  s.of.group = self.credentials->fsgid;
  s.of.access_ns = s.of.change_data_ns = s.of.change_ns = wall_ns();
  s.block_bytes = page_bytes;
  return s;
}

usize Socket::describe(char* to, usize room) { return format_to(std::span{to, room}, "socket:[{}]", number_).size(); }

Value Socket::wait(Thread& self, bool sending) {
  u64 const limit = (sending ? send_wait_ns_ : receive_wait_ns_).load(std::memory_order_relaxed);
  if (!limit) return self.block();
  if (self.request.deadline_ns == no_deadline) self.request.deadline_ns = deadline_in(i64(limit));
  return self.block(self.request.deadline_ns, Errno::interrupted);
}

Attempt<u32> Socket::option(Thread&, u32 number, void* to, u32 room) {
  switch (Option(number)) {
    case Option::type: return put(to, room, i32(type_));
    case Option::send_buffer: return put(to, room, i32(send_bytes()));
    case Option::receive_buffer: return put(to, room, i32(receive_bytes_.load(std::memory_order_relaxed)));
    case Option::receive_low_water: return put(to, room, i32(low_water_.load(std::memory_order_relaxed)));
    case Option::send_low_water: return put(to, room, 1);
    case Option::priority: case Option::mark: return put(to, room, 0);
    case Option::linger: {
      u64 const linger = linger_.load(std::memory_order_relaxed);
      return put(to, room, &linger, sizeof linger);
    }
    case Option::receive_time: case Option::send_time: {
      i64 const ns = i64((Option(number) == Option::send_time ? send_wait_ns_ : receive_wait_ns_).load(std::memory_order_relaxed));
      WaitVal const time{ns / wait_second_ns, ns % wait_second_ns / 1000};
      return put(to, room, &time, sizeof time);
    }
    default: break;
  }
  if (number < 64 && (plain_switches >> number & 1)) return put(to, room, i32(switches_.load(std::memory_order_relaxed) >> number & 1));
  return fail(Errno::no_protocol_option);
}

Attempt<> Socket::set_buffer(std::atomic<u32>& buffer, i32 wish, bool forced) {
  // As Linux: the wish is doubled for what the books cost, and what is read back is the double.
  u32 const least = &buffer == &send_bytes_ ? least_send : least_receive;
  u32 const most = forced ? 0x7fff'ffff / 2 : default_bytes;
  buffer.store(std::max(least, std::min(u32(std::max(wish, 0)), most) * 2), std::memory_order_relaxed);
  return ok;
}

Attempt<> Socket::set_wait(std::atomic<u64>& wait_ns, void const* value, u32 bytes) {
  WaitVal time;
  if (bytes < sizeof time) return fail(Errno::invalid);
  std::memcpy(&time, value, sizeof time);
  if (time.fraction < 0 || time.fraction >= WaitVal::fractions) return fail(Errno::domain);
  constexpr i64 most_seconds = 1'000'000'000;
  u64 const ns = time.seconds < 0 ? 1 : u64(std::min(time.seconds, most_seconds)) * wait_second_ns + u64(time.fraction) * 1000;
  wait_ns.store(ns, std::memory_order_relaxed);
  return ok;
}

Attempt<> Socket::set_option(Thread& self, u32 number, void const* value, u32 bytes) {
  i32 word;
  if (bytes < sizeof word) return fail(Errno::invalid);
  std::memcpy(&word, value, sizeof word);
  bool const may_force = self.credentials->has(Capability::net_admin);
  switch (Option(number)) {
    case Option::send_buffer: return set_buffer(send_bytes_, word, false);
    case Option::receive_buffer: return set_buffer(receive_bytes_, word, false);
    case Option::send_buffer_forced: return may_force ? set_buffer(send_bytes_, word, true) : fail(Errno::not_permitted);
    case Option::receive_buffer_forced: return may_force ? set_buffer(receive_bytes_, word, true) : fail(Errno::not_permitted);
    case Option::receive_low_water: low_water_.store(word < 0 ? 0x7fff'ffff : std::max(word, 1), std::memory_order_relaxed); return ok;
    case Option::receive_time: return set_wait(receive_wait_ns_, value, bytes);
    case Option::send_time: return set_wait(send_wait_ns_, value, bytes);
    case Option::priority: case Option::mark: return ok;
    case Option::linger: {
      u64 linger;
      if (bytes < sizeof linger) return fail(Errno::invalid);
      std::memcpy(&linger, value, sizeof linger);
      linger_.store(linger, std::memory_order_relaxed);
      return ok;
    }
    default: break;
  }
  if (number >= 64 || !(plain_switches >> number & 1)) return fail(Errno::no_protocol_option);
  if (word) switches_.fetch_or(u64{1} << number, std::memory_order_relaxed);
  else switches_.fetch_and(~(u64{1} << number), std::memory_order_relaxed);
  return ok;
}

Identity effective_identity(Thread const& self) {
  return {self.process().pid, self.credentials->euid, self.credentials->egid};
}
Identity real_identity(Thread const& self) { return {self.process().pid, self.credentials->uid, self.credentials->gid}; }

}  // namespace hinge::linux_service
