// Futexes: threads that wait on a word of user memory. Waiters hang in buckets by key; a thread waits on at most one.
#pragma once

#include "host/mutex.hpp"
#include "services/linux/core/lock_ranks.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/process/futex_node.hpp"

namespace hinge::linux_service {

struct FutexBucket {
  Mutex<rank::Futex> lock;
  FutexNode* first HINGE_GUARDED_BY(lock) = nullptr;
  FutexNode* last HINGE_GUARDED_BY(lock) = nullptr;

  void append(FutexNode& node) HINGE_REQUIRES(lock);
  /// Out of the list only; remove also says so in the node.
  void unlink(FutexNode& node) HINGE_REQUIRES(lock);
  void remove(FutexNode& node) HINGE_REQUIRES(lock);
  /// Takes the node off and wakes its thread.
  void wake(FutexNode& node) HINGE_REQUIRES(lock);
};

inline constexpr u32 futex_bucket_count = 256;
/// Spreads keys over buckets.
constexpr u32 futex_hash(FutexKey key) {
  u64 const mixed = (key.object ^ key.offset * 0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd;
  return u32(mixed >> 40) % futex_bucket_count;
}
FutexBucket& futex_bucket(FutexKey key);

/// The word's key. invalid when misaligned, bad_address outside of user memory. `is_private`: the program promises that
/// the word is in private memory, which saves looking.
Attempt<FutexKey> futex_key(Thread& self, UserAddr word, bool is_private);

inline constexpr u32 any_waiter = ~u32{0};

/// Wakes up to `count` waiters whose masks meet `mask`; returns how many.
Attempt<u32> futex_wake(Thread& self, UserAddr word, u32 count, u32 mask, bool is_private = false);

/// Compare-exchange on a user word with pages made as needed; true when it was `expected`. `old` gets what was there.
Attempt<bool> exchange_user_word(Thread& self, UserAddr word, u32 expected, u32 desired, u32& old);

/// What becomes of the mutexes that an ending thread holds (set_robust_list).
void release_robust_list(Thread& self);

/// The mutex words that the kernel helps with.
namespace futex_word {
inline constexpr u32 waiters = 0x8000'0000, owner_died = 0x4000'0000, owner = 0x3fff'ffff;
}

// The operations with priority inheritance's interface (futex_pi.cpp). Scheduling priorities are not lent.
Value futex_lock_pi(Thread& self, UserAddr word, bool is_private, u64 deadline_ns, bool only_try);
Value futex_unlock_pi(Thread& self, UserAddr word, bool is_private);

}  // namespace hinge::linux_service
