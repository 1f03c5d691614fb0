// System V message queues (msgget(2), msgop(2), msgctl(2)): texts with a type, taken in order or by type.
#include "services/linux/core/syscall.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/ipc/objects.hpp"

namespace hinge::linux_service {
namespace ipc {
namespace {

constexpr u64 most_bytes = 8192, default_queue_bytes = 16384;

struct Message {
  Message* next;
  i64 type;
  u64 bytes;
  [[nodiscard]] char* text() { return reinterpret_cast<char*>(this + 1); }
  /// Room for `bytes`, to be filled; null when memory is out.
  static Message* make(i64 type, u64 bytes) {
    void* const at = host::allocate(sizeof(Message) + bytes);
    return at ? new (at) Message{nullptr, type, bytes} : nullptr;
  }
};

struct Queue final : Object {
  ~Queue() {
    while (Message* const m = first) {
      first = m->next;
      host::release(m);
    }
  }
  void dispose() { host::destroy(this); }
  Message* first = nullptr;
  u64 bytes = 0, count = 0, most = default_queue_bytes;
  i64 sent = 0, received = 0, changed = 0;
  i32 last_sender = 0, last_receiver = 0;
  WaitQueue senders, receivers;
};

constinit Table<Queue> queues;

struct QueueStatus {                 // struct msqid64_ds
  Permission permission;
  i64 sent, received, changed;
  u64 bytes, count, most;
  i32 last_sender, last_receiver;
  u64 unused[2];
};
static_assert(sizeof(QueueStatus) == 120);
struct QueueInfo { i32 pool, map, most_bytes, queue_bytes, queues, segment, headers; u16 segments; };  // struct msginfo

/// Where the message is that a receive of this type takes: 0 the first, > 0 the first of that type (or, with `except`, of
/// any other), < 0 the first of the lowest type up to it.
Message** wanted(Queue& q, i64 type, bool except) HINGE_REQUIRES(lock) {
  Message** best = nullptr;
  for (Message** at = &q.first; *at; at = &(*at)->next) {
    i64 const t = (*at)->type;
    if (type == 0 || (type > 0 && (t == type) != except)) return at;
    if (type < 0 && t <= -type && (!best || t < (*best)->type)) best = at;
  }
  return best;
}

Value send(Thread& self, Args const& a, Message*& message) {
  Ref<Queue> queue;
  Guard guard{lock};
  auto found = queues.find(a.integer(0));
  if (!found) return self.request.first() ? found.error() : Errno::identifier_removed;
  queue = std::move(*found);
  Queue& q = *queue;
  if (!allows(self, q.permission, may_write)) return Errno::access;
  if (q.bytes + message->bytes > q.most || q.count >= q.most) {
    if (a.word(3) & no_wait) return Errno::again;
    ATTEMPT(q.senders.enqueue(self));
    return self.block(no_deadline, Errno::interrupted);
  }
  Message** at = &q.first;
  while (*at) at = &(*at)->next;
  q.bytes += message->bytes;
  ++q.count;
  *at = std::exchange(message, nullptr);
  q.sent = now_seconds();
  q.last_sender = self.process().pid;
  q.receivers.wake_all();
  return 0;
}

Value receive(Thread& self, Args const& a, Message*& message) {
  constexpr u32 no_error = 010000, except = 020000;
  Ref<Queue> queue;
  Guard guard{lock};
  auto found = queues.find(a.integer(0));
  if (!found) return self.request.first() ? found.error() : Errno::identifier_removed;
  queue = std::move(*found);
  Queue& q = *queue;
  if (!allows(self, q.permission, may_read)) return Errno::access;
  Message** const at = wanted(q, a.signed_long(3), a.word(4) & except);
  if (!at) {
    if (a.word(4) & no_wait) return Errno::no_message;
    ATTEMPT(q.receivers.enqueue(self));
    return self.block(no_deadline, Errno::interrupted);
  }
  if ((*at)->bytes > a[2] && !(a.word(4) & no_error)) return Errno::too_big;
  message = *at;
  *at = message->next;
  q.bytes -= message->bytes;
  --q.count;
  q.received = now_seconds();
  q.last_receiver = self.process().pid;
  q.senders.wake_all();
  return 0;
}

QueueStatus status_of(Queue const& q) {
  return {q.permission, q.sent, q.received, q.changed, q.bytes, q.count, q.most, q.last_sender, q.last_receiver, {}};
}

Value remove_queue(Thread& self, i32 id) {
  Ref<Queue> queue;
  Guard guard{lock};
  queue = ATTEMPT(queues.find(id));
  if (!is_owners(self, queue->permission)) return Errno::not_permitted;
  (void)queues.remove(*queue);
  queue->senders.wake_all();
  queue->receivers.wake_all();
  return 0;
}

Value change_queue(Thread& self, i32 id, UserAddr from) {
  QueueStatus wanted_status;
  ATTEMPT(copy_from_user(self, wanted_status, from));
  Guard guard{lock};
  Ref<Queue> const queue = ATTEMPT(queues.find(id));
  if (wanted_status.most > default_queue_bytes && !self.credentials->has(Capability::sys_resource)) return Errno::not_permitted;
  ATTEMPT(set_permission(self, queue->permission, wanted_status.permission));
  queue->most = wanted_status.most;
  queue->changed = now_seconds();
  queue->senders.wake_all();
  return 0;
}

}  // namespace
}  // namespace ipc

Value sys_msgget(Thread& self, Args const& a) {
  using namespace ipc;
  auto const make = []() -> Attempt<Ref<Queue>> {
    auto queue = Ref<Queue>::adopt(host::make<Queue>());
    if (!queue) return fail(Errno::no_memory);
    queue->changed = now_seconds();
    return queue;
  };
  Guard guard{ipc::lock};
  return queues.get(self, a.integer(0), a.word(1), make, [](Queue const&) -> Attempt<> { return ok; });
}

Value sys_msgsnd(Thread& self, Args const& a) {
  using namespace ipc;
  i64 type;
  if (a[2] > ipc::most_bytes || a.integer(0) < 0) return Errno::invalid;
  ATTEMPT(copy_from_user(self, type, a.address(1)));
  if (type < 1) return Errno::invalid;
  Message* message = Message::make(type, a[2]);
  if (!message) return Errno::no_memory;
  auto const copied = copy_from_user(self, message->text(), a.address(1) + sizeof type, a[2]);
  Value const done = copied ? send(self, a, message) : Value{copied.error()};
  host::release(message);
  return done;
}

Value sys_msgrcv(Thread& self, Args const& a) {
  using namespace ipc;
  constexpr u32 copy = 040000;
  if (a.integer(0) < 0 || a.signed_long(2) < 0 || (a.word(4) & copy)) return Errno::invalid;
  Message* message = nullptr;
  Value const done = receive(self, a, message);
  if (!message) return done;
  u64 const bytes = message->bytes < a[2] ? message->bytes : a[2];
  auto copied = copy_to_user(self, a.address(1), message->type);
  if (copied) copied = copy_to_user(self, a.address(1) + sizeof message->type, message->text(), bytes);
  host::release(message);
  return copied ? Value{bytes} : Value{copied.error()};
}

Value sys_msgctl(Thread& self, Args const& a) {
  using namespace ipc;
  enum Control : u32 { status_at = 11, info, status_any };
  if (a.integer(0) < 0) return Errno::invalid;
  u32 const number = a.word(1);
  if (number == u32(Command::remove)) return remove_queue(self, a.integer(0));
  if (number == u32(Command::set)) return change_queue(self, a.integer(0), a.address(2));
  if (number == u32(Command::limits) || number == info) {
    u32 highest;
    QueueInfo told{0, 0, i32(ipc::most_bytes), i32(default_queue_bytes), i32(Table<Queue>::places), 16, i32(default_queue_bytes), 0xffff};
    {
      Guard guard{ipc::lock};
      highest = queues.highest();
      if (number == info) {
        told.pool = i32(queues.count());
        queues.each([&](Queue const& q) { told.headers += i32(q.count), told.map += i32(q.count); });
      }
    }
    ATTEMPT(copy_to_user(self, a.address(2), told));
    return highest;
  }
  bool const by_place = number == status_at || number == status_any;
  if (!by_place && number != u32(Command::status)) return Errno::invalid;
  QueueStatus told;
  i32 id;
  {
    Guard guard{ipc::lock};
    Ref<Queue> const queue = ATTEMPT(by_place ? queues.at_place(a.integer(0)) : queues.find(a.integer(0)));
    if (number != status_any && !allows(self, queue->permission, may_read)) return Errno::access;
    told = status_of(*queue);
    id = by_place ? queue->id : 0;
  }
  ATTEMPT(copy_to_user(self, a.address(2), told));
  return id;
}

}  // namespace hinge::linux_service
