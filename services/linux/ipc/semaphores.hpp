// System V semaphores (semget(2), semop(2), semctl(2)): sets of counters that are changed together or not at all. What a
// process did with SEM_UNDO is taken back when it ends. Operations are in semaphores.cpp, semctl in semaphore_control.cpp.
#pragma once

#include "services/linux/ipc/objects.hpp"

namespace hinge::linux_service::ipc {

inline constexpr u32 most_semaphores = 32000, most_semaphore_operations = 500;
inline constexpr i32 highest_semaphore = 32767;

struct Semaphore {
  i32 value = 0;
  i32 last_pid = 0;
};

struct SemaphoreSet final : Object {
  ~SemaphoreSet() { host::release(at); }
  void dispose() { host::destroy(this); }
  Semaphore* at = nullptr;
  u32 count = 0;
  i64 operated = 0, changed = 0;
  WaitQueue waiting;
};

extern constinit Table<SemaphoreSet> semaphore_sets;

/// SETVAL and its like: the value as given; adjustments of anybody for it are forgotten.
void set_semaphore(SemaphoreSet& set, u32 number, i32 value, i32 pid) HINGE_REQUIRES(lock);
/// Who waits for it to become zero, or to grow.
[[nodiscard]] u32 waiting_for(SemaphoreSet const& set, u32 number, bool zero) HINGE_REQUIRES(lock);
/// A set has gone: so have adjustments of it.
void forget_adjustments(i32 set) HINGE_REQUIRES(lock);

}  // namespace hinge::linux_service::ipc
