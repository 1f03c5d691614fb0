#include "services/linux/files/lock_calls.hpp"

#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/record_locks.hpp"

namespace hinge::linux_service {
namespace {

/// struct flock of x86-64.
struct FileLock {
  enum Type : std::int16_t { read = 0, write = 1, unlock = 2 };
  std::int16_t type, whence;
  i32 padding;
  i64 start, bytes;
  i32 pid, padding2;
};
static_assert(sizeof(FileLock) == 32);

/// The range that {whence, start, bytes} names; negative lengths reach backwards.
Attempt<RecordLock> range_of(Thread& self, File& file, FileLock const& l, LockOwner owner) {
  i64 base = 0;
  switch (l.whence) {
    case 0: break;
    case 1: base = i64(file.position.load(std::memory_order_relaxed)); break;
    case 2: base = i64(ATTEMPT(file.seek(self, File::Seek::end, 0))); break;
    default: return fail(Errno::invalid);
  }
  i64 begin, end;
  if (__builtin_add_overflow(base, l.start, &begin) || __builtin_add_overflow(begin, l.bytes, &end)) return fail(Errno::overflow);
  if (l.bytes < 0) std::swap(begin, end);
  if (begin < 0) return fail(Errno::invalid);
  RecordLock lock;
  lock.begin = u64(begin);
  lock.end = l.bytes == 0 ? ~u64{0} : u64(end);
  lock.exclusive = l.type == FileLock::write;
  lock.pid = owner == LockOwner::file ? -1 : self.process().pid;
  lock.owner = owner == LockOwner::file ? static_cast<void const*>(&file) : self.process().descriptors.get();
  return lock;
}

}  // namespace

Value get_lock(Thread& self, File& file, UserAddr at, LockOwner owner) {
  FileLock l;
  ATTEMPT(copy_from_user(self, l, at));
  if (l.type != FileLock::read && l.type != FileLock::write) return Errno::invalid;
  if (owner == LockOwner::file && l.pid != 0) return Errno::invalid;
  Inode* const inode = file.inode();
  if (!inode) return Errno::invalid;
  RecordLock const wanted = ATTEMPT(range_of(self, file, l, owner));
  RecordLock found;
  if (RecordLocks::find_conflict(*inode, wanted, found)) {
    l.type = found.exclusive ? FileLock::write : FileLock::read;
    l.whence = 0;
    l.start = i64(found.begin);
    l.bytes = found.end == ~u64{0} ? 0 : i64(found.end - found.begin);
    l.pid = found.pid;
  } else {
    l.type = FileLock::unlock;
  }
  return copy_to_user(self, at, l);
}

Value set_lock(Thread& self, File& file, UserAddr at, LockOwner owner, bool wait) {
  FileLock l;
  ATTEMPT(copy_from_user(self, l, at));
  if (l.type != FileLock::read && l.type != FileLock::write && l.type != FileLock::unlock) return Errno::invalid;
  if (owner == LockOwner::file && l.pid != 0) return Errno::invalid;
  Inode* const inode = file.inode();
  if (!inode) return Errno::invalid;
  RecordLock const range = ATTEMPT(range_of(self, file, l, owner));
  if (l.type == FileLock::unlock) return RecordLocks::clear(*inode, range);
  if (l.type == FileLock::read ? !file.readable() : !file.writable()) return Errno::bad_descriptor;
  return RecordLocks::set(self, *inode, range, wait);
}

Value lock_whole(Thread& self, File& file, u32 operation) {
  constexpr u32 shared = 1, exclusive = 2, dont_wait = 4, unlock = 8;
  Inode* const inode = file.inode();
  if (!inode) return Errno::invalid;
  RecordLock lock;
  lock.kind = RecordLock::Kind::whole;
  lock.owner = &file;
  lock.exclusive = (operation & ~dont_wait) == exclusive;
  switch (operation & ~dont_wait) {
    case unlock: return RecordLocks::clear(*inode, lock);
    case shared: case exclusive: return RecordLocks::set(self, *inode, lock, !(operation & dont_wait));
    default: return Errno::invalid;
  }
}

}  // namespace hinge::linux_service
