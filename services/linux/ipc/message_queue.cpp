// The queues by name, and what happens inside of one.
#include "services/linux/ipc/message_queue.hpp"

#include <algorithm>
#include <cstring>

#include "services/linux/files/fs_context.hpp"
#include "services/linux/generated/text.hpp"
#include "services/linux/signal/send.hpp"

namespace hinge::linux_service::ipc {

constinit Mutex<rank::SystemV> queue_lock;

namespace {

constinit MessageQueue* queues[most_queues] HINGE_GUARDED_BY(queue_lock) = {};  ///< Each holds a reference.

MessageQueue** find(std::string_view name) HINGE_REQUIRES(queue_lock) {
  for (MessageQueue*& q : queues)
    if (q && std::string_view{q->name, q->name_length} == name) return &q;
  return nullptr;
}

Attempt<> may_open(Credentials const& c, MessageQueue const& q, u32 flags) {
  constexpr u32 read = 4, write = 2;
  u32 const access = flags & open_flag::access_mask;
  u32 const wanted = (access != open_flag::write_only ? read : 0) | (access != open_flag::read_only ? write : 0);
  u32 const bits = c.fsuid == q.owner ? q.mode >> 6 : c.in_group(q.group) ? q.mode >> 3 : q.mode;
  if ((wanted & ~bits) && !c.has(Capability::dac_override)) return fail(Errno::access);
  return ok;
}

Attempt<> check(Thread& self, QueueAttributes const& a) {
  bool const any = self.credentials->has(Capability::sys_resource);
  if (a.most <= 0 || a.bytes <= 0) return fail(Errno::invalid);
  if (u64(a.most) > (any ? hard_messages : most_messages) || u64(a.bytes) > (any ? hard_message_bytes : most_message_bytes))
    return fail(Errno::invalid);
  return ok;
}

/// RLIMIT_MSGQUEUE is for all queues of a user.
Attempt<> check_charge(Thread& self, MessageQueue const& made) HINGE_REQUIRES(queue_lock) {
  u64 sum = made.charge();
  for (MessageQueue const* q : queues)
    if (q && q->owner == made.owner) sum += q->charge();
  if (sum > self.process().limit(Resource::message_queues)) return fail(Errno::too_many_files);
  return ok;
}

Attempt<Ref<MessageQueue>> make(Thread& self, std::string_view name, u32 mode, QueueAttributes const* wanted) HINGE_REQUIRES(queue_lock) {
  if (wanted) ATTEMPT(check(self, *wanted));
  auto const place = std::find(std::begin(queues), std::end(queues), nullptr);
  if (place == std::end(queues)) return fail(Errno::no_space);
  Ref<MessageQueue> const made = host::make_ref<MessageQueue>();
  if (!made) return fail(Errno::no_memory);
  made->name_length = u8(name.copy(made->name, MessageQueue::name_bytes));
  made->owner = self.credentials->fsuid;
  made->group = self.credentials->fsgid;
  made->mode = mode & 0777 & ~self.process().fs->umask.load(std::memory_order_relaxed);
  made->most = u32(wanted ? wanted->most : most_messages);
  made->bytes = wanted ? u64(wanted->bytes) : most_message_bytes;
  ATTEMPT(check_charge(self, *made));
  made->named = true;
  *place = Ref<MessageQueue>{made}.leak();
  return made;
}

/// Digits as a text, which is aligned to the left.
struct Digits {
  explicit Digits(u64 number) : text{format_to(std::span<char>{room}, "{}", number)} {}
  char room[24];
  std::string_view text;
};

}  // namespace

Attempt<Ref<MessageQueue>> open_queue(Thread& self, std::string_view name, u32 flags, u32 mode, QueueAttributes const* wanted) {
  Guard guard{queue_lock};
  if (MessageQueue** const there = find(name)) {
    if ((flags & open_flag::create) && (flags & open_flag::exclusive)) return fail(Errno::exists);
    ATTEMPT(may_open(*self.credentials, **there, flags));
    return Ref<MessageQueue>{**there};
  }
  if (!(flags & open_flag::create)) return fail(Errno::no_entry);
  return make(self, name, mode, wanted);
}

Attempt<> unlink_queue(Thread& self, std::string_view name) {
  Ref<MessageQueue> gone;
  Guard guard{queue_lock};
  MessageQueue** const there = find(name);
  if (!there) return fail(Errno::no_entry);
  if ((*there)->owner != self.credentials->fsuid && !self.credentials->has(Capability::fowner)) return fail(Errno::not_permitted);
  gone = Ref<MessageQueue>::adopt(std::exchange(*there, nullptr));
  gone->named = false;
  return ok;
}

MessageQueue::~MessageQueue() {
  while (QueuedMessage* const m = first) {
    first = m->next;
    host::release(m);
  }
}

void MessageQueue::put(QueuedMessage* message) {
  QueuedMessage** at = &first;
  while (*at && (*at)->priority >= message->priority) at = &(*at)->next;
  message->next = *at;
  *at = message;
  ++count;
}

QueuedMessage* MessageQueue::take() {
  QueuedMessage* const m = first;
  first = m->next;
  --count;
  return m;
}

void MessageQueue::tell(Thread& sender) {
  if (!told || !receivers.idle()) return;
  if (signal) {
    SignalInfo info{.signal = signal, .code = signal_code::message_queue};
    info.fields.sender = {sender.process().pid, sender.credentials->uid, signal_value};
    (void)send_signal(*told, info);
  }
  told = nullptr;
}

Value QueueFile::read(Thread& self, Transfer& into, u64 offset) {
  Text text;
  {
    Guard guard{queue_lock};
    u64 waiting = 0;
    for (QueuedMessage const* m = queue->first; m; m = m->next) waiting += m->bytes;
    bool const told = bool(queue->told);
    text.add("QSIZE:{10} NOTIFY:{5} SIGNO:{5} NOTIFY_PID:{6}\n", Digits{waiting}.text, Digits{told && !queue->signal}.text,
             Digits{told ? u64(queue->signal) : 0}.text, Digits{told ? u64(queue->told->pid) : 0}.text);
  }
  std::string_view const all = text.view();
  if (offset >= all.size()) return 0;
  usize const bytes = std::min<usize>(all.size() - offset, into.left());
  ATTEMPT(into.put_all(self, all.data() + offset, bytes));
  return bytes;
}

u32 QueueFile::ready() {
  Guard guard{queue_lock};
  return (queue->count ? ready::readable : 0) | (queue->count < queue->most ? ready::writable : 0);
}

Attempt<Status> QueueFile::status(Thread& self) {
  constexpr u64 shown_bytes = 80;
  Status s = ATTEMPT(File::status(self));
  s.of.mode = u32(FileType::regular) | queue->mode;
  s.of.owner = queue->owner;
  s.of.group = queue->group;
  s.of.size = shown_bytes;
  s.of.links = queue->named;
  return s;
}

void QueueFile::closing(Thread& self) {
  Ref<Process> gone;
  Guard guard{queue_lock};
  if (queue->told.get() == &self.process()) gone = std::move(queue->told);
}

usize QueueFile::describe(char* to, usize room) {
  char text[1 + MessageQueue::name_bytes] = {'/'};
  std::memcpy(text + 1, queue->name, queue->name_length);
  return describe_as({text, usize{1} + queue->name_length}, to, room);
}

}  // namespace hinge::linux_service::ipc
