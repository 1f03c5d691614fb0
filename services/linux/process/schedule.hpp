// How the policies, nice values and masks that Linux programs choose become priorities and budgets of the nucleus:
//
//   SCHED_IDLE                 3, below every nice value
//   SCHED_OTHER, SCHED_BATCH   8 for nice 0; 4 to 13 for the others
//   SCHED_FIFO, SCHED_RR       14 for priorities up to 49, 15 above; services' workers have 16. A thread may have 95 % of each
//                              second, so that one that never waits does not stop the machine. Both take turns among equals.
//   SCHED_DEADLINE             is not offered
#pragma once

#include "services/linux/core/thread.hpp"

namespace hinge::linux_service::scheduling {

inline constexpr i32 least_nice = -20, most_nice = 19;
inline constexpr i32 least_real_time = 1, most_real_time = 99;

constexpr bool is_real_time(Policy p) { return p == Policy::fifo || p == Policy::round_robin; }
constexpr bool exists(Policy p) { return is_real_time(p) || p == Policy::other || p == Policy::batch || p == Policy::idle; }

constexpr u32 priority_of(Policy policy, i32 nice, u32 real_time) {
  constexpr u32 normal = 8, idle = 3, low = 14, high = 15, half = 50;
  if (is_real_time(policy)) return real_time < half ? low : high;
  return policy == Policy::idle ? idle : u32(i32(normal) - nice / 4);
}
static_assert(priority_of(Policy::other, most_nice, 0) == 4 && priority_of(Policy::batch, least_nice, 0) == 13);

u64 all_cpus();
/// Tells the nucleus what the thread's fields say.
void apply(Thread& t);
/// A fresh thread's fields after its parent's, by the rules of fork. Before it runs.
void inherit(Thread& child, Thread const& parent);
/// The thread with this number, 0 being the caller. invalid below 0, no_process.
Attempt<Ref<Thread>> named(Thread& self, i32 tid);
/// By CAP_SYS_NICE, or as the same user.
bool may_change(Thread& self, Thread& other);
/// Whether RLIMIT_NICE, or CAP_SYS_NICE, lets a thread have this nice value.
bool may_be_nice(Thread& self, Thread& other, i32 nice);

}  // namespace hinge::linux_service::scheduling
