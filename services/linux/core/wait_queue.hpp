// WaitQueue: the threads that wait for something to change about an object, without holding a stack.
//
//     { Guard guard{lock_};
//       if (!empty()) return take();
//       ATTEMPT(readers_.enqueue(self)); }
//     return self.block();
//
// and whoever changes the object calls wake_one() or wake_all() under or after the same lock. A woken thread is off that
// queue; the dispatcher takes it off all others (leave_all) before it issues the call again. A thread may be on many
// queues at once (poll). Membership is guarded by locks that belong to no queue, so that a queue may die with its object
// while threads still wait on it: its destructor wakes them all.
#pragma once

#include <atomic>

#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

class Thread;
class WaitQueue;

/// One thread's membership in one queue. Lives in the thread (WaitNodes).
struct WaitNode {
  WaitNode* next = nullptr;
  WaitNode* previous = nullptr;
  std::atomic<WaitQueue*> queue{nullptr};  ///< Null: on none. Changes under the queue's membership lock.
  Thread* thread = nullptr;
  WaitNode* sibling = nullptr;  ///< Next node of the same thread.
  bool exclusive = false;
  bool fired = false;           ///< Taken off by a wake, as opposed to by the thread itself.
};

enum class Waiting : u8 {
  shared,     ///< Woken by every wake: poll and its like, who only look.
  exclusive,  ///< wake_one wakes one of these: those who will take what there is.
};

class WaitQueue {
 public:
  constexpr WaitQueue() = default;
  WaitQueue(WaitQueue const&) = delete;
  WaitQueue& operator=(WaitQueue const&) = delete;
  ~WaitQueue() { wake_all(); }

  /// Adds `self` at the end; no_memory when it waits on very many already. Undone by Thread::leave_all.
  [[nodiscard]] Attempt<> enqueue(Thread& self, Waiting how = Waiting::shared);
  /// Wakes all shared waiters and the first exclusive one. An exclusive waiter that was woken but gives up (a signal)
  /// must call wake_one itself if there is still something to take: Request::fired says so.
  void wake_one() { if (!idle()) wake(false); }
  /// Wakes everybody.
  void wake_all() { if (!idle()) wake(true); }
  /// Whether nobody waits, as seen without a lock.
  [[nodiscard]] bool idle() const { return __atomic_load_n(&first_, __ATOMIC_RELAXED) == nullptr; }

 private:
  friend class WaitNodes;
  /// Of one that is not idle: whoever enqueued under the object's lock is visible to who changed the object under it.
  void wake(bool all);
  void unlink(WaitNode& node);
  WaitNode* first_ = nullptr;
  WaitNode* last_ = nullptr;
};

/// A thread's memberships: some in place, more from the heap, all undone at once.
class WaitNodes {
 public:
  WaitNodes() = default;
  WaitNodes(WaitNodes const&) = delete;
  ~WaitNodes();

  /// Off all queues. True when one of them had been woken.
  bool leave_all();

 private:
  friend class WaitQueue;
  static constexpr usize in_place = 4;
  [[nodiscard]] WaitNode* take();
  static bool leave(WaitNode& node);

  WaitNode nodes_[in_place];
  u32 used_ = 0;               ///< Of nodes_.
  u32 more_count_ = 0;
  WaitNode* more_ = nullptr;   ///< From the heap, in use.
};

}  // namespace hinge::linux_service
