// POSIX message queues (mq_overview(7)): named queues of messages with a priority. A queue lives while it has a name or is
// open; what mq_open gives is a descriptor, to be polled and inherited like others. One lock for all queues.
#pragma once

#include <string_view>

#include "services/linux/files/file.hpp"

namespace hinge::linux_service::ipc {

/// What /proc/sys/fs/mqueue shows: limits for who may not exceed them, and what a queue has if nothing is said.
inline constexpr u64 most_queues = 256, most_messages = 10, most_message_bytes = 8192;
inline constexpr u64 hard_messages = 65536, hard_message_bytes = 16 << 20;  ///< For CAP_SYS_RESOURCE.
inline constexpr u32 priorities = 32768;

/// struct mq_attr.
struct QueueAttributes {
  i64 flags, most, bytes, count;
  i64 reserved[4];
};
static_assert(sizeof(QueueAttributes) == 64);

/// A message on its way, its text behind it.
struct QueuedMessage {
  QueuedMessage* next;
  u32 priority;
  u64 bytes;
  [[nodiscard]] char* text() { return reinterpret_cast<char*>(this + 1); }
  /// Room for `bytes`, to be filled; null when memory is out.
  static QueuedMessage* make(u64 bytes, u32 priority) {
    void* const at = host::allocate(sizeof(QueuedMessage) + bytes);
    return at ? new (at) QueuedMessage{nullptr, priority, bytes} : nullptr;
  }
};

extern Mutex<rank::SystemV> queue_lock;

class MessageQueue : public host::Shared<MessageQueue> {
 public:
  static constexpr u32 name_bytes = 255;
  ~MessageQueue();

  /// What it may come to take of RLIMIT_MSGQUEUE.
  [[nodiscard]] u64 charge() const { return u64(most) * (bytes + 2 * 48); }
  void put(QueuedMessage* message) HINGE_REQUIRES(queue_lock);
  /// The oldest of the highest priority; there is one.
  QueuedMessage* take() HINGE_REQUIRES(queue_lock);
  /// The one process that asked hears of a message in the empty queue, once; not if somebody waits for it.
  void tell(Thread& sender) HINGE_REQUIRES(queue_lock);

  char name[name_bytes];
  u8 name_length = 0;
  bool named = false;
  u32 owner = 0, group = 0, mode = 0;
  u32 most = 0, count = 0;
  u64 bytes = 0;                 ///< Of one message at most.
  QueuedMessage* first = nullptr;  ///< By priority, then age.
  WaitQueue senders, receivers;
  PollSource source;
  Ref<Process> told;             ///< Who is to hear of the next message, and how: a signal, or 0.
  i32 signal = 0;
  u64 signal_value = 0;
};

class QueueFile final : public File {
 public:
  QueueFile(Ref<MessageQueue> of, u32 flags) : File{flags, Path{}}, queue{std::move(of)} {}
  void dispose() override { host::destroy(this); }
  Value read(Thread& self, Transfer& into, u64 offset) override;
  u32 ready() override;
  PollSource* poll_source() override { return &queue->source; }
  Attempt<Status> status(Thread& self) override;
  /// The closing process does not want to hear any more.
  void closing(Thread& self) override;
  QueueFile* message_queue() override { return this; }
  usize describe(char* to, usize room) override;

  Ref<MessageQueue> const queue;
};

/// The queue of this name, made if flags and mode say so. no_entry, exists, access, invalid, no_space, too_many_files.
Attempt<Ref<MessageQueue>> open_queue(Thread& self, std::string_view name, u32 flags, u32 mode, QueueAttributes const* wanted);
/// The name goes. no_entry, not_permitted.
Attempt<> unlink_queue(Thread& self, std::string_view name);

}  // namespace hinge::linux_service::ipc
