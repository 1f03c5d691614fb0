#include "services/linux/ipc/semaphores.hpp"

#include <algorithm>
#include <cstdint>

#include "services/linux/core/syscall.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/time/clock.hpp"

namespace hinge::linux_service {
namespace ipc {

constinit Table<SemaphoreSet> semaphore_sets;

namespace {

constexpr std::int16_t undo_flag = 0x1000;

/// What is to be taken back of one process' operations on one semaphore.
struct Undo {
  Undo* next;
  Process* process;
  i32 set;
  u32 number;
  i32 adjustment;
};
constinit Undo* undos HINGE_GUARDED_BY(lock) = nullptr;

/// Who waits in a semop, as GETNCNT and GETZCNT count them. Taken off when the call goes on, or when the process ends.
struct Waiter {
  Waiter* next;
  Thread const* thread;
  Process const* process;
  i32 set;
  u32 number;
  bool zero;
};
constinit Waiter* waiters HINGE_GUARDED_BY(lock) = nullptr;

/// struct sembuf.
struct Operation {
  u16 number;
  std::int16_t change;
  std::int16_t flags;
};

template <class T, class Matches>
void forget(T*& first, Matches matches) {
  for (T** at = &first; *at;) {
    T* const gone = *at;
    if (!matches(*gone)) {
      at = &gone->next;
      continue;
    }
    *at = gone->next;
    host::destroy(gone);
  }
}

Undo* undo_of(Process& process, i32 set, u32 number, bool make) HINGE_REQUIRES(lock) {
  for (Undo* u = undos; u; u = u->next)
    if (u->process == &process && u->set == set && u->number == number) return u;
  if (!make) return nullptr;
  Undo* const made = host::make<Undo>(Undo{undos, &process, set, number, 0});
  if (made) undos = made;
  return made;
}

/// Does all operations, or none: then `stuck` is the one that would have to wait.
Attempt<bool> try_all(Thread& self, SemaphoreSet& set, std::span<Operation const> operations, Operation const*& stuck) HINGE_REQUIRES(lock) {
  u32 done = 0;
  Attempt<bool> result = true;
  for (Operation const& op : operations) {
    Semaphore& s = set.at[op.number];
    if ((op.change == 0 && s.value != 0) || (op.change < 0 && s.value + op.change < 0)) {
      stuck = &op;
      result = false;
      break;
    }
    if (s.value + op.change > highest_semaphore) {
      result = fail(Errno::range);
      break;
    }
    Undo* const undo = op.change && (op.flags & undo_flag) ? undo_of(self.process(), set.id, op.number, true) : nullptr;
    if (op.change && (op.flags & undo_flag) && !undo) {
      result = fail(Errno::no_memory);
      break;
    }
    s.value += op.change;
    if (undo) undo->adjustment -= op.change;
    ++done;
  }
  if (result && *result) {
    for (Operation const& op : operations) set.at[op.number].last_pid = self.process().pid;
    set.operated = now_seconds();
    set.waiting.wake_all();
    return true;
  }
  while (done--) {
    Operation const& op = operations[done];
    set.at[op.number].value -= op.change;
    if (op.change && (op.flags & undo_flag)) undo_of(self.process(), set.id, op.number, false)->adjustment += op.change;
  }
  return result;
}

Value operate(Thread& self, i32 id, std::span<Operation const> operations) {
  Ref<SemaphoreSet> set;
  Guard guard{lock};
  if (!self.request.first()) forget(waiters, [&](Waiter const& w) { return w.thread == &self; });
  auto found = semaphore_sets.find(id);
  if (!found) return self.request.first() ? found.error() : Errno::identifier_removed;
  set = std::move(*found);
  bool alters = false;
  for (Operation const& op : operations) {
    if (op.number >= set->count) return Errno::file_too_big;
    alters |= op.change != 0;
  }
  if (!allows(self, set->permission, alters ? may_write : may_read)) return Errno::access;
  Operation const* stuck = nullptr;
  if (ATTEMPT(try_all(self, *set, operations, stuck))) return 0;
  if ((stuck->flags & std::int16_t(no_wait)) || self.request.timed_out()) return Errno::again;
  ATTEMPT(set->waiting.enqueue(self));
  Value const waits = self.block(self.request.deadline_ns, Errno::interrupted);
  if (waits.kind() != Value::Kind::blocked) return waits;
  if (Waiter* const w = host::make<Waiter>(Waiter{waiters, &self, &self.process(), id, stuck->number, stuck->change == 0})) waiters = w;
  return waits;
}

Value operate(Thread& self, Args const& a, UserAddr time) {
  constexpr u32 in_place = 64;
  Operation few[in_place];
  if (a.word(2) > most_semaphore_operations) return Errno::too_big;
  if (a.word(2) == 0 || a.integer(0) < 0) return Errno::invalid;
  Operation* const many = a.word(2) > in_place ? static_cast<Operation*>(host::allocate(a.word(2) * sizeof(Operation))) : few;
  if (!many) return Errno::no_memory;
  auto copied = copy_from_user(self, many, a.address(1), a.word(2) * sizeof(Operation));
  if (copied && self.request.first() && time.raw()) {
    auto const wait_ns = duration_from_user(self, time);
    if (wait_ns) self.request.deadline_ns = now_ns() + *wait_ns;
    else copied = fail(wait_ns.error());
  }
  Value const result = copied ? operate(self, a.integer(0), std::span<Operation const>{many, a.word(2)}) : Value{copied.error()};
  if (many != few) host::release(many);
  return result;
}

}  // namespace

void set_semaphore(SemaphoreSet& set, u32 number, i32 value, i32 pid) {
  set.at[number] = {value, pid};
  for (Undo* u = undos; u; u = u->next)
    if (u->set == set.id && u->number == number) u->adjustment = 0;
}

u32 waiting_for(SemaphoreSet const& set, u32 number, bool zero) {
  u32 count = 0;
  for (Waiter const* w = waiters; w; w = w->next) count += w->set == set.id && w->number == number && w->zero == zero;
  return count;
}

void forget_adjustments(i32 set) {
  forget(undos, [&](Undo const& u) { return u.set == set; });
}

void process_ends(Process& process) {
  Guard guard{lock};
  for (Undo* u = undos; u; u = u->next) {
    if (u->process != &process || !u->adjustment) continue;
    auto const set = semaphore_sets.find(u->set);
    if (!set) continue;
    Semaphore& s = (*set)->at[u->number];
    s = {std::clamp(s.value + u->adjustment, 0, highest_semaphore), process.pid};
    (*set)->waiting.wake_all();
  }
  forget(undos, [&](Undo const& u) { return u.process == &process; });
  forget(waiters, [&](Waiter const& w) { return w.process == &process; });
}

}  // namespace ipc

Value sys_semop(Thread& self, Args const& a) { return ipc::operate(self, a, UserAddr{}); }
Value sys_semtimedop(Thread& self, Args const& a) { return ipc::operate(self, a, a.address(3)); }

}  // namespace hinge::linux_service
