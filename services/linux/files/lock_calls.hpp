// fcntl's record locks and flock, from the caller's structs to RecordLocks.
#pragma once

#include "services/linux/files/file.hpp"

namespace hinge::linux_service {

enum class LockOwner { process, file };

/// F_GETLK, F_SETLK, F_SETLKW and their OFD forms, with a struct flock at `at`.
Value get_lock(Thread& self, File& file, UserAddr at, LockOwner owner);
Value set_lock(Thread& self, File& file, UserAddr at, LockOwner owner, bool wait);
/// flock(2) with its LOCK_ bits.
Value lock_whole(Thread& self, File& file, u32 operation);

}  // namespace hinge::linux_service
