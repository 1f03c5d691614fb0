// A thread's place among the waiters of a futex. Lives in the thread; see futex.hpp.
#pragma once

#include <atomic>

#include "base/types.hpp"

namespace hinge::linux_service {

class Thread;
struct FutexBucket;

/// What two futex words have in common when they are the same word: memory object and offset for shared memory, else
/// space and address.
struct FutexKey {
  u64 object = 0;
  u64 offset = 0;
  friend bool operator==(FutexKey, FutexKey) = default;
};

struct FutexNode {
  FutexNode* next = nullptr;
  FutexNode* previous = nullptr;
  std::atomic<FutexBucket*> bucket{nullptr};  ///< Null: on none. Changes under the bucket's lock, by requeue too.
  Thread* thread = nullptr;
  FutexKey key;
  u32 mask = 0;
  bool woken = false;
};

}  // namespace hinge::linux_service
