// mq_open and its kin. Messages are copied from and to the caller's memory without the lock.
#include "services/linux/core/syscall.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/user_path.hpp"
#include "services/linux/ipc/message_queue.hpp"
#include "services/linux/signal/signal_event.hpp"
#include "services/linux/time/clock.hpp"

namespace hinge::linux_service {
namespace ipc {
namespace {

/// The name as the library gives it, without its slash, in `room`.
Attempt<std::string_view> name_from(Thread& self, UserAddr from, char (&room)[MessageQueue::name_bytes + 1]) {
  usize const length = ATTEMPT(copy_string_from_user(self, room, from, sizeof room));
  std::string_view const name{room, length};
  if (name.empty()) return fail(Errno::no_entry);
  if (name.find('/') != name.npos || name == "." || name == "..") return fail(Errno::access);
  return name;
}

Attempt<Ref<File>> queue_at(Thread& self, i32 fd) {
  Ref<File> file = ATTEMPT(file_at(self, fd));
  if (!file->message_queue()) return fail(Errno::bad_descriptor);
  return file;
}

/// When to give up, from the caller's time of the wall clock. Null: never.
Attempt<u64> deadline_of(Thread& self, UserAddr at) {
  if (!at.raw()) return no_deadline;
  TimeSpec t;
  ATTEMPT(copy_from_user(self, t, at));
  return to_monotonic(i32(ClockId::realtime), ATTEMPT(to_ns(t)));
}

/// The message is the queue's afterwards, and `message` null.
Value send(Thread& self, QueueFile& file, u64 deadline, QueuedMessage*& message) {
  MessageQueue& q = *file.queue;
  Guard guard{queue_lock};
  if (q.count == q.most) {
    if (file.nonblocking()) return Errno::again;
    ATTEMPT(q.senders.enqueue(self));
    return self.block(deadline);
  }
  bool const was_empty = q.count == 0;
  if (was_empty) q.tell(self);
  q.put(std::exchange(message, nullptr));
  q.receivers.wake_all();
  q.source.notify(ready::readable);
  return 0;
}

Value receive(Thread& self, QueueFile& file, u64 deadline, QueuedMessage*& message) {
  MessageQueue& q = *file.queue;
  Guard guard{queue_lock};
  if (!q.count) {
    if (file.nonblocking()) return Errno::again;
    ATTEMPT(q.receivers.enqueue(self));
    Value const waits = self.block(deadline);
    if (waits.is_error()) self.leave_all();  // Who gives up is no receiver for tell() any more.
    return waits;
  }
  message = q.take();
  q.senders.wake_all();
  q.source.notify(ready::writable);
  return message->bytes;
}

}  // namespace
}  // namespace ipc

using namespace ipc;

Value sys_mq_open(Thread& self, Args const& a) {
  constexpr u32 kept = open_flag::access_mask | open_flag::nonblock;
  char room[MessageQueue::name_bytes + 1];
  QueueAttributes wanted;
  std::string_view const name = ATTEMPT(name_from(self, a.address(0), room));
  u32 const flags = a.word(1);
  if (a[3]) ATTEMPT(copy_from_user(self, wanted, a.address(3)));
  Ref<MessageQueue> queue = ATTEMPT(open_queue(self, name, flags, a.word(2), a[3] ? &wanted : nullptr));
  auto file = Ref<QueueFile>::adopt(host::make<QueueFile>(std::move(queue), flags & kept));
  if (!file) return Errno::no_memory;
  return self.process().descriptors->install(Ref<File>{file}, true, self.process().limit(Resource::descriptors));
}

Value sys_mq_unlink(Thread& self, Args const& a) {
  char room[MessageQueue::name_bytes + 1];
  return unlink_queue(self, ATTEMPT(name_from(self, a.address(0), room)));
}

Value sys_mq_timedsend(Thread& self, Args const& a) {
  if (a.word(3) >= priorities) return Errno::invalid;
  u64 const deadline = ATTEMPT(deadline_of(self, a.address(4)));
  Ref<File> const file = ATTEMPT(queue_at(self, a.integer(0)));
  if (!file->writable()) return Errno::bad_descriptor;
  QueueFile& queue = *file->message_queue();
  if (a[2] > queue.queue->bytes) return Errno::message_size;
  QueuedMessage* message = QueuedMessage::make(a[2], a.word(3));
  if (!message) return Errno::no_memory;
  auto const copied = copy_from_user(self, message->text(), a.address(1), a[2]);
  Value const done = copied ? send(self, queue, deadline, message) : Value{copied.error()};
  host::release(message);
  return done;
}

Value sys_mq_timedreceive(Thread& self, Args const& a) {
  u64 const deadline = ATTEMPT(deadline_of(self, a.address(4)));
  Ref<File> const file = ATTEMPT(queue_at(self, a.integer(0)));
  if (!file->readable()) return Errno::bad_descriptor;
  QueueFile& queue = *file->message_queue();
  if (a[2] < queue.queue->bytes) return Errno::message_size;
  QueuedMessage* message = nullptr;
  Value const done = receive(self, queue, deadline, message);
  if (!message) return done;
  auto copied = copy_to_user(self, a.address(1), message->text(), message->bytes);
  if (copied && a[3]) copied = copy_to_user(self, a.address(3), message->priority);
  host::release(message);
  return copied ? done : Value{copied.error()};
}

Value sys_mq_notify(Thread& self, Args const& a) {
  SignalEvent event{};
  if (a[1]) {
    ATTEMPT(copy_from_user(self, event, a.address(1)));
    if (event.notify != by_signal && event.notify != none) return Errno::invalid;
    if (event.notify == by_signal && (event.signal < 1 || event.signal > i32(signal_count))) return Errno::invalid;
  }
  Ref<File> const file = ATTEMPT(queue_at(self, a.integer(0)));
  MessageQueue& q = *file->message_queue()->queue;
  Ref<Process> gone;
  Guard guard{queue_lock};
  if (!a[1]) {
    if (q.told.get() == &self.process()) gone = std::move(q.told);
    return 0;
  }
  if (q.told) return Errno::busy;
  q.told = Ref<Process>{self.process()};
  q.signal = event.notify == by_signal ? event.signal : 0;
  q.signal_value = event.value;
  return 0;
}

Value sys_mq_getsetattr(Thread& self, Args const& a) {
  QueueAttributes wanted;
  if (a[1]) {
    ATTEMPT(copy_from_user(self, wanted, a.address(1)));
    if (wanted.flags & ~i64{open_flag::nonblock}) return Errno::invalid;
  }
  Ref<File> const file = ATTEMPT(queue_at(self, a.integer(0)));
  MessageQueue const& q = *file->message_queue()->queue;
  QueueAttributes now{i64(file->flags() & open_flag::nonblock), q.most, i64(q.bytes), 0, {}};
  {
    Guard guard{queue_lock};
    now.count = q.count;
  }
  if (a[1]) file->set_flags(open_flag::nonblock, u32(wanted.flags));
  if (a[2]) ATTEMPT(copy_to_user(self, a.address(2), now));
  return 0;
}

}  // namespace hinge::linux_service
