// semget and semctl.
#include <algorithm>

#include "services/linux/core/syscall.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/ipc/semaphores.hpp"

namespace hinge::linux_service {
namespace ipc {
namespace {

struct SetStatus {                 // struct semid64_ds
  Permission permission;
  i64 operated, unused_one, changed, unused_two;
  u64 count, unused[2];
};
static_assert(sizeof(SetStatus) == 104);

struct SetInfo { i32 map, sets, all, undos, in_set, operations, undos_each, undo_bytes, highest, adjustment; };  // struct seminfo

SetStatus status_of(SemaphoreSet const& s) { return {s.permission, s.operated, 0, s.changed, 0, s.count, {}}; }

SetInfo info_of(bool in_use) HINGE_REQUIRES(lock) {
  u32 all = 0;
  semaphore_sets.each([&](SemaphoreSet& s) { all += s.count; });
  return {1024000000, i32(Table<SemaphoreSet>::places), 1024000000, 1024000000, i32(most_semaphores), i32(most_semaphore_operations), 500,
          in_use ? i32(semaphore_sets.count()) : 20, highest_semaphore, in_use ? i32(all) : highest_semaphore};
}

/// GETALL and SETALL: the values go through the heap, since the caller's memory is not touched under the lock.
Value all_values(Thread& self, i32 id, UserAddr at, bool set_them) {
  Ref<SemaphoreSet> set;
  {
    Guard guard{lock};
    set = ATTEMPT(semaphore_sets.find(id));
    if (!allows(self, set->permission, set_them ? may_write : may_read)) return Errno::access;
  }
  usize const bytes = set->count * sizeof(u16);
  auto* const values = static_cast<u16*>(host::allocate(bytes));
  if (!values) return Errno::no_memory;
  Attempt<> done = ok;
  if (set_them) {
    done = copy_from_user(self, values, at, bytes);
    for (u32 i = 0; done && i < set->count; ++i)
      if (values[i] > highest_semaphore) done = fail(Errno::range);
  }
  if (done) {
    Guard guard{lock};
    if (set->removed) done = fail(Errno::identifier_removed);
    for (u32 i = 0; done && i < set->count; ++i) {
      if (set_them) set_semaphore(*set, i, values[i], self.process().pid);
      else values[i] = u16(set->at[i].value);
    }
    if (set_them && done) {
      set->changed = now_seconds();
      set->waiting.wake_all();
    }
  }
  if (done && !set_them) done = copy_to_user(self, at, values, bytes);
  host::release(values);
  return done;
}

enum class Control : u32 { get_pid = 11, get_value, get_all, get_up_count, get_zero_count, set_value, set_all, status_at = 18, info, status_any };

Value one_value(Thread& self, Args const& a, Control control) {
  Guard guard{lock};
  Ref<SemaphoreSet> const set = ATTEMPT(semaphore_sets.find(a.integer(0)));
  if (a.word(1) >= set->count) return Errno::invalid;
  Semaphore& s = set->at[a.word(1)];
  if (!allows(self, set->permission, control == Control::set_value ? may_write : may_read)) return Errno::access;
  switch (control) {
    case Control::get_pid: return s.last_pid;
    case Control::get_value: return s.value;
    case Control::get_up_count: return waiting_for(*set, a.word(1), false);
    case Control::get_zero_count: return waiting_for(*set, a.word(1), true);
    default: break;
  }
  if (a.integer(3) < 0 || a.integer(3) > highest_semaphore) return Errno::range;
  set_semaphore(*set, a.word(1), a.integer(3), self.process().pid);
  set->changed = now_seconds();
  set->waiting.wake_all();
  return 0;
}

Value remove_set(Thread& self, i32 id) {
  Ref<SemaphoreSet> set;
  Guard guard{lock};
  set = ATTEMPT(semaphore_sets.find(id));
  if (!is_owners(self, set->permission)) return Errno::not_permitted;
  (void)semaphore_sets.remove(*set);
  forget_adjustments(id);
  set->waiting.wake_all();
  return 0;
}

Value tell_status(Thread& self, Args const& a, bool by_place, bool of_anybody) {
  SetStatus told;
  i32 id;
  {
    Guard guard{lock};
    Ref<SemaphoreSet> const set = ATTEMPT(by_place ? semaphore_sets.at_place(a.integer(0)) : semaphore_sets.find(a.integer(0)));
    if (!of_anybody && !allows(self, set->permission, may_read)) return Errno::access;
    told = status_of(*set);
    id = by_place ? set->id : 0;
  }
  ATTEMPT(copy_to_user(self, a.address(3), told));
  return id;
}

}  // namespace
}  // namespace ipc

Value sys_semget(Thread& self, Args const& a) {
  using namespace ipc;
  u32 const count = a.word(1);
  if (a.integer(1) < 0 || count > most_semaphores) return Errno::invalid;
  auto const make = [&]() -> Attempt<Ref<SemaphoreSet>> {
    if (!count) return fail(Errno::invalid);
    auto set = Ref<SemaphoreSet>::adopt(host::make<SemaphoreSet>());
    if (!set || !(set->at = static_cast<Semaphore*>(host::allocate(count * sizeof(Semaphore))))) return fail(Errno::no_memory);
    std::fill_n(set->at, count, Semaphore{});
    set->count = count;
    set->changed = now_seconds();
    return set;
  };
  auto const fits = [&](SemaphoreSet const& s) -> Attempt<> { return count > s.count ? Attempt<>{fail(Errno::invalid)} : ok; };
  Guard guard{ipc::lock};
  return semaphore_sets.get(self, a.integer(0), a.word(2), make, fits);
}

Value sys_semctl(Thread& self, Args const& a) {
  using namespace ipc;
  if (a.integer(0) < 0) return Errno::invalid;
  u32 const number = a.word(2);
  switch (Command(number)) {
    case Command::remove: return remove_set(self, a.integer(0));
    case Command::status: return tell_status(self, a, false, false);
    case Command::set: {
      SetStatus wanted;
      ATTEMPT(copy_from_user(self, wanted, a.address(3)));
      Guard guard{ipc::lock};
      Ref<SemaphoreSet> const set = ATTEMPT(semaphore_sets.find(a.integer(0)));
      ATTEMPT(set_permission(self, set->permission, wanted.permission));
      set->changed = now_seconds();
      return 0;
    }
    case Command::limits: break;
  }
  switch (Control(number)) {
    case Control::get_all: case Control::set_all: return all_values(self, a.integer(0), a.address(3), Control(number) == Control::set_all);
    case Control::get_pid: case Control::get_value: case Control::get_up_count: case Control::get_zero_count: case Control::set_value:
      return one_value(self, a, Control(number));
    case Control::status_at: return tell_status(self, a, true, false);
    case Control::status_any: return tell_status(self, a, true, true);
    default: break;
  }
  if (Command(number) != Command::limits && Control(number) != Control::info) return Errno::invalid;
  SetInfo info;
  u32 highest;
  {
    Guard guard{ipc::lock};
    info = info_of(Control(number) == Control::info);
    highest = semaphore_sets.highest();
  }
  ATTEMPT(copy_to_user(self, a.address(3), info));
  return highest;
}

}  // namespace hinge::linux_service
