// Record locks (fcntl) and whole-file locks (flock), of any inode. An owner is a descriptor table (POSIX locks: released
// by the first close of any descriptor of the inode) or an open file (OFD locks and flock). Ranges are [begin, end).
// Waiting for a lock never deadlocks the system, but EDEADLK is not detected: two that wait for each other wait.
#pragma once

#include "services/linux/core/value.hpp"
#include "services/linux/files/inode.hpp"

namespace hinge::linux_service {

struct RecordLock {
  enum class Kind : u8 { record, whole };  ///< fcntl's and flock's do not see each other.
  RecordLock* next = nullptr;
  void const* owner = nullptr;
  u64 begin = 0, end = ~u64{0};
  i32 pid = 0;               ///< For F_GETLK; -1 for OFD locks.
  Kind kind = Kind::record;
  bool exclusive = false;
};

class RecordLocks {
 public:
  /// Sets (or waits for) a lock, replacing what the owner had in that range. `again` when it may not wait.
  static Value set(Thread& self, Inode& inode, RecordLock const& wanted, bool wait);
  /// Gives up the owner's locks in the range.
  static Attempt<> clear(Inode& inode, RecordLock const& range);
  /// The lock in the way of `wanted` that begins first; false when there is none.
  static bool find_conflict(Inode& inode, RecordLock const& wanted, RecordLock& found);
  /// All locks of an owner go: a close, the end of a file.
  static void release_owned(Inode& inode, void const* owner);
  static void forget(Inode& inode);
};

}  // namespace hinge::linux_service
