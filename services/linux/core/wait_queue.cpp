// Membership in wait queues. The locks are hashed by the queue's address and belong to nobody, so a thread that leaves a
// queue may lock first and look afterwards whether the queue still lists it: a dying queue takes its waiters off.
#include "services/linux/core/wait_queue.hpp"

#include "host/heap.hpp"
#include "host/mutex.hpp"
#include "services/linux/core/lock_ranks.hpp"
#include "services/linux/core/thread.hpp"

namespace hinge::linux_service {

namespace {

constexpr usize lock_count = 64;
constinit Mutex<rank::Wait> locks[lock_count];
constexpr u32 most_nodes = 1 << 16;  ///< Of one thread: as many as it could poll.

Mutex<rank::Wait>& lock_of(WaitQueue const* queue) {
  return locks[(reinterpret_cast<u64>(queue) >> 4) * 0x9e3779b97f4a7c15 >> 58];
}

}  // namespace

Attempt<> WaitQueue::enqueue(Thread& self, Waiting how) {
  WaitNode* const node = self.nodes.take();
  if (!node) return fail(Errno::no_memory);
  node->thread = &self;
  node->exclusive = how == Waiting::exclusive;
  node->fired = false;
  Guard guard{lock_of(this)};
  node->next = nullptr;
  node->previous = last_;
  if (last_) last_->next = node;
  else __atomic_store_n(&first_, node, __ATOMIC_RELAXED);
  last_ = node;
  node->queue.store(this, std::memory_order_relaxed);
  return ok;
}

void WaitQueue::unlink(WaitNode& node) {
  if (node.previous) node.previous->next = node.next;
  else __atomic_store_n(&first_, node.next, __ATOMIC_RELAXED);
  if (node.next) node.next->previous = node.previous;
  else last_ = node.previous;
  // Release: the thread that finds null without the lock also finds `fired`.
  node.queue.store(nullptr, std::memory_order_release);
}

void WaitQueue::wake(bool all) {
  Guard guard{lock_of(this)};
  for (WaitNode* node = first_; node;) {
    WaitNode* const next = node->next;
    bool const last = node->exclusive && !all;
    Thread& thread = *node->thread;
    node->fired = true;
    thread.wake();  // Before the node is free: a thread that is on a queue cannot end.
    unlink(*node);
    if (last) break;
    node = next;
  }
}

WaitNode* WaitNodes::take() {
  if (used_ < in_place) return &nodes_[used_++];
  if (more_count_ == most_nodes) return nullptr;
  WaitNode* const node = host::make<WaitNode>();
  if (!node) return nullptr;
  ++more_count_;
  node->sibling = more_;
  more_ = node;
  return node;
}

bool WaitNodes::leave(WaitNode& node) {
  while (WaitQueue* const queue = node.queue.load(std::memory_order_acquire)) {
    Guard guard{lock_of(queue)};
    if (node.queue.load(std::memory_order_relaxed) == queue) queue->unlink(node);
  }
  return node.fired;
}

bool WaitNodes::leave_all() {
  bool fired = false;
  for (u32 i = 0; i < used_; ++i) fired |= leave(nodes_[i]);
  used_ = 0;
  while (WaitNode* const node = more_) {
    fired |= leave(*node);
    more_ = node->sibling;
    host::destroy(node);
  }
  more_count_ = 0;
  return fired;
}

WaitNodes::~WaitNodes() { leave_all(); }

}  // namespace hinge::linux_service
