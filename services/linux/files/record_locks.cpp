// One lock over all lists: they are short and rare.
#include "services/linux/files/record_locks.hpp"

#include <algorithm>

#include "services/linux/core/thread.hpp"

namespace hinge::linux_service {

struct LockList {
  RecordLock* first = nullptr;
  WaitQueue changed;
};

namespace {

constinit Mutex<rank::Locks> lock;

bool overlap(RecordLock const& a, RecordLock const& b) { return a.kind == b.kind && a.begin < b.end && b.begin < a.end; }

bool conflict(RecordLock const& held, RecordLock const& wanted) {
  return overlap(held, wanted) && held.owner != wanted.owner && (held.exclusive || wanted.exclusive);
}

/// Takes [range) out of the owner's locks. Needs at most one fresh node, when a lock is split in the middle.
void cut(LockList& list, RecordLock const& range, RecordLock*& spare) {
  for (RecordLock** link = &list.first; *link;) {
    RecordLock& l = **link;
    if (l.owner != range.owner || !overlap(l, range)) {
      link = &l.next;
    } else if (l.begin < range.begin && l.end > range.end) {
      RecordLock* const rest = std::exchange(spare, nullptr);
      *rest = l;
      rest->begin = range.end;
      l.end = range.begin;
      l.next = rest;
      return;
    } else if (l.begin < range.begin) {
      l.end = range.begin;
      link = &l.next;
    } else if (l.end > range.end) {
      l.begin = range.end;
      link = &l.next;
    } else {
      *link = l.next;
      host::destroy(&l);
    }
  }
}

/// Joins what touches and is of one kind.
void add(LockList& list, RecordLock* fresh) {
  for (RecordLock** link = &list.first; *link;) {
    RecordLock& l = **link;
    if (l.owner == fresh->owner && l.kind == fresh->kind && l.exclusive == fresh->exclusive && l.begin <= fresh->end && fresh->begin <= l.end) {
      fresh->begin = std::min(fresh->begin, l.begin);
      fresh->end = std::max(fresh->end, l.end);
      *link = l.next;
      host::destroy(&l);
    } else {
      link = &l.next;
    }
  }
  fresh->next = std::exchange(list.first, fresh);
}

}  // namespace

Value RecordLocks::set(Thread& self, Inode& inode, RecordLock const& wanted, bool wait) {
  RecordLock* fresh = host::make<RecordLock>(wanted);
  RecordLock* spare = host::make<RecordLock>();
  bool blocked = false;
  Attempt<> result = ok;
  if (!fresh || !spare) {
    result = fail(Errno::no_locks);
  } else {
    Guard guard{lock};
    if (!inode.locks && !(inode.locks = host::make<LockList>())) {
      result = fail(Errno::no_locks);
    } else {
      for (RecordLock* l = inode.locks->first; l && !blocked; l = l->next) blocked = conflict(*l, wanted);
      if (!blocked) {
        cut(*inode.locks, wanted, spare);
        add(*inode.locks, std::exchange(fresh, nullptr));
        inode.locks->changed.wake_all();
      } else if (wait) {
        result = inode.locks->changed.enqueue(self);
      }
    }
  }
  host::destroy(fresh);
  host::destroy(spare);
  if (!result) return result.error();
  if (!blocked) return 0;
  return wait ? self.block() : Value{Errno::again};
}

Attempt<> RecordLocks::clear(Inode& inode, RecordLock const& range) {
  RecordLock* spare = host::make<RecordLock>();
  if (!spare) return fail(Errno::no_locks);
  {
    Guard guard{lock};
    if (inode.locks) {
      cut(*inode.locks, range, spare);
      inode.locks->changed.wake_all();
    }
  }
  host::destroy(spare);
  return ok;
}

bool RecordLocks::find_conflict(Inode& inode, RecordLock const& wanted, RecordLock& found) {
  Guard guard{lock};
  RecordLock const* lowest = nullptr;
  for (RecordLock const* l = inode.locks ? inode.locks->first : nullptr; l; l = l->next)
    if (conflict(*l, wanted) && (!lowest || l->begin < lowest->begin)) lowest = l;
  if (lowest) found = *lowest;
  return lowest;
}

void RecordLocks::release_owned(Inode& inode, void const* owner) {
  // Without the lock: a list, once there, stays; a thread's own locks are there before it closes.
  if (!__atomic_load_n(&inode.locks, __ATOMIC_ACQUIRE)) return;
  Guard guard{lock};
  bool changed = false;
  for (RecordLock** link = &inode.locks->first; *link;) {
    RecordLock& l = **link;
    if (l.owner != owner) {
      link = &l.next;
      continue;
    }
    *link = l.next;
    host::destroy(&l);
    changed = true;
  }
  if (changed) inode.locks->changed.wake_all();
}

void RecordLocks::forget(Inode& inode) {
  Guard guard{lock};
  if (!inode.locks) return;
  while (RecordLock* const l = inode.locks->first) {
    inode.locks->first = l->next;
    host::destroy(l);
  }
  host::destroy(std::exchange(inode.locks, nullptr));
}

}  // namespace hinge::linux_service
