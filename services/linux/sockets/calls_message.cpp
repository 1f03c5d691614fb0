// Sending and receiving: sendto, recvfrom, and the forms with struct msghdr, one or many.
#include <algorithm>

#include "services/linux/core/syscall.hpp"
#include "services/linux/files/io.hpp"
#include "services/linux/files/vectors.hpp"
#include "services/linux/files/wait_time.hpp"
#include "services/linux/sockets/control.hpp"
#include "services/linux/sockets/user_address.hpp"

namespace hinge::linux_service {
namespace {

/// struct msghdr, and struct mmsghdr around it.
struct MessageHeader {
  u64 name;
  i32 name_bytes, padding;
  u64 vectors, vector_count;
  u64 control, control_bytes;
  u32 flags, padding_two;
};
static_assert(sizeof(MessageHeader) == 56);
struct CountedHeader {
  MessageHeader header;
  u32 bytes, padding;
};
constexpr u64 flags_offset = 48, control_bytes_offset = 40, name_bytes_offset = 8;
constexpr u32 most_messages = 1024;

Value send_one(Thread& self, Socket& socket, UserAddr at, u32 flags) {
  MessageHeader h;
  ATTEMPT(copy_from_user(self, h, at));
  SocketAddress to;
  ATTEMPT(read_address(self, UserAddr{h.name}, std::min<i64>(h.name_bytes, SocketAddress::most), to));
  Vectors v;
  ATTEMPT(v.read(self, UserAddr{h.vectors}, h.vector_count, Errno::message_size));
  Sending what{.data = v.transfer(), .flags = flags, .to = to.bytes ? &to : nullptr};
  if (h.control && h.control_bytes && !self.request.progress) ATTEMPT(read_control(self, UserAddr{h.control}, h.control_bytes, what));
  return socket.send(self, what);
}

Value receive_one(Thread& self, Socket& socket, UserAddr at, u32 flags) {
  MessageHeader h;
  ATTEMPT(copy_from_user(self, h, at));
  if (h.name && h.name_bytes < 0) return Errno::invalid;
  Vectors v;
  ATTEMPT(v.read(self, UserAddr{h.vectors}, h.vector_count, Errno::message_size));
  SocketAddress from;
  from.bytes = 0;
  Receiving into{.data = v.transfer(), .flags = flags, .from = h.name ? &from : nullptr};
  Value const done = socket.receive(self, into);
  if (done.kind() != Value::Kind::result) return done;
  if (h.name) {
    ATTEMPT(write_address(self, UserAddr{h.name}, u32(h.name_bytes), from));
    ATTEMPT(copy_to_user(self, at + name_bytes_offset, i32(from.bytes)));
  }
  u64 const control = ATTEMPT(write_control(self, UserAddr{h.control}, h.control_bytes, into));
  ATTEMPT(copy_to_user(self, at + flags_offset, into.told | (flags & message_flag::close_on_exec)));
  ATTEMPT(copy_to_user(self, at + control_bytes_offset, control));
  return done;
}

Attempt<Transfer> single(UserAddr at, u64 bytes) {
  bytes = std::min<u64>(bytes, most_bytes);
  if (!is_user_range(at, bytes)) return fail(Errno::bad_address);
  return Transfer{at, bytes};
}

/// What many messages have come to when one of them ends in `value`: their count, or the end of the first.
Value counted(Thread& self, Value value, u64 count) {
  if (value.kind() == Value::Kind::blocked || !count) return value;
  self.leave_all();
  return count;
}

using One = Value (*)(Thread& self, Socket& socket, UserAddr at, u32 flags);

/// One after the other; how many are through is kept in the request while one waits.
Value many(Thread& self, Args const& a, u32 flags, One one, u64 deadline_ns) {
  SocketAt const socket = ATTEMPT(socket_at(self, a.integer(0)));
  u64& count = self.words()[0];
  u32 const wanted = std::min(a.word(2), most_messages);
  while (count < wanted) {
    UserAddr const at = a.address(1) + count * sizeof(CountedHeader);
    Value const done = one(self, *socket, at, flags);
    if (done.kind() != Value::Kind::result) return counted(self, done, count);
    self.request.progress = 0;
    self.request.deadline_ns = no_deadline;
    self.request.reason = Reason::first;
    if (auto const told = copy_to_user(self, at + sizeof(MessageHeader), u32(done.number())); !told) return counted(self, told.error(), count);
    ++count;
    if (flags & message_flag::wait_for_one) flags |= message_flag::do_not_wait;
    if (host::clock() >= deadline_ns) break;
  }
  return count;
}

}  // namespace

Value sys_sendto(Thread& self, Args const& a) {
  SocketAt const socket = ATTEMPT(socket_at(self, a.integer(0)));
  SocketAddress to;
  ATTEMPT(read_address(self, a.address(4), a.integer(5), to));
  Sending what{.data = ATTEMPT(single(a.address(1), a[2])), .flags = a.word(3), .to = to.bytes ? &to : nullptr};
  return socket->send(self, what);
}

Value sys_recvfrom(Thread& self, Args const& a) {
  SocketAt const socket = ATTEMPT(socket_at(self, a.integer(0)));
  SocketAddress from;
  from.bytes = 0;
  Receiving into{.data = ATTEMPT(single(a.address(1), a[2])), .flags = a.word(3), .from = a[4] ? &from : nullptr};
  Value const done = socket->receive(self, into);
  if (a[4] && done.kind() == Value::Kind::result) ATTEMPT(write_address(self, a.address(4), a.address(5), from));
  return done;
}

Value sys_sendmsg(Thread& self, Args const& a) {
  return send_one(self, *ATTEMPT(socket_at(self, a.integer(0))), a.address(1), a.word(2));
}

Value sys_recvmsg(Thread& self, Args const& a) {
  return receive_one(self, *ATTEMPT(socket_at(self, a.integer(0))), a.address(1), a.word(2));
}

Value sys_sendmmsg(Thread& self, Args const& a) { return many(self, a, a.word(3), send_one, no_deadline); }

Value sys_recvmmsg(Thread& self, Args const& a) {
  u64& deadline_ns = self.words()[1];
  if (self.request.first() && !self.request.words[0]) deadline_ns = ATTEMPT(deadline_from<WaitSpec>(self, a.address(4)));
  u32 const flags = a.word(3);
  // Once one is there, MSG_WAITFORONE waits for no other; also when this is a reissue.
  bool const have_one = self.request.words[0] && flags & message_flag::wait_for_one;
  return many(self, a, have_one ? flags | message_flag::do_not_wait : flags, receive_one, deadline_ns);
}

}  // namespace hinge::linux_service
