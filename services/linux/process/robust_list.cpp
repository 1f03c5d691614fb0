// Robust mutexes (set_robust_list(2)): a list in user memory of the locks a thread holds. At its end each of them is
// marked and one waiter woken. Nothing in the list is trusted; it ends after so many entries in any case.
#include "services/linux/core/user_memory.hpp"
#include "services/linux/process/futex.hpp"
#include "services/linux/process/tree.hpp"

namespace hinge::linux_service {

namespace {

struct Head { u64 first; i64 offset; u64 pending; };
static_assert(sizeof(Head) == 24);
constexpr u32 most_entries = 2048;

Attempt<> mark_dead(Thread& self, UserAddr word) {
  if (word.raw() % 4) return fail(Errno::invalid);
  for (u32 tries = 0; tries < 64; ++tries) {
    u32 value, old;
    ATTEMPT(copy_from_user(self, value, word));
    if ((value & futex_word::owner) != u32(self.tid)) return ok;
    u32 const dead = (value & futex_word::waiters) | futex_word::owner_died;
    if (!ATTEMPT(exchange_user_word(self, word, value, dead, old))) continue;
    if (value & futex_word::waiters) ATTEMPT(futex_wake(self, word, 1, any_waiter));
    return ok;
  }
  return ok;
}

Attempt<> walk(Thread& self, u64 list) {
  Head head;
  ATTEMPT(copy_from_user(self, head, UserAddr{list}));
  u64 entry = head.first;
  for (u32 i = 0; i < most_entries && (entry & ~u64{1}) != list; ++i) {
    u64 next = 0;
    ATTEMPT(copy_from_user(self, next, UserAddr{entry & ~u64{1}}));
    if (entry != head.pending) (void)mark_dead(self, UserAddr{(entry & ~u64{1}) + u64(head.offset)});
    entry = next;
  }
  if (head.pending) (void)mark_dead(self, UserAddr{(head.pending & ~u64{1}) + u64(head.offset)});
  return ok;
}

}  // namespace

void release_robust_list(Thread& self) {
  u64 const list = self.robust_list;
  self.robust_list = 0;
  if (list) (void)walk(self, list);
}

Value sys_set_robust_list(Thread& self, Args const& a) {
  if (a[1] != sizeof(Head)) return Errno::invalid;
  self.robust_list = a[0];
  return 0;
}

Value sys_get_robust_list(Thread& self, Args const& a) {
  u64 list = self.robust_list;
  if (a.integer(0) && a.integer(0) != self.tid) {
    Ref<Thread> const other = find_thread(a.integer(0));
    if (!other) return Errno::no_process;
    if (&other->process() != &self.process()) return Errno::not_permitted;
    list = other->robust_list;
  }
  ATTEMPT(copy_to_user(self, a.address(1), list));
  return copy_to_user(self, a.address(2), u64{sizeof(Head)});
}

}  // namespace hinge::linux_service
