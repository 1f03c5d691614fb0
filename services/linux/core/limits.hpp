// Resource limits (setrlimit): numbers and defaults as on Linux x86-64. Who enforces what: descriptors and file_size by
// files; processes, stack, address_space, data and pending_signals here; the others are kept and reported only.
#pragma once

#include "base/types.hpp"

namespace hinge::linux_service {

enum class Resource : u8 {
  cpu = 0, file_size, data, stack, core, resident, processes, descriptors, locked, address_space, file_locks,
  pending_signals, message_queues, nice, real_time_priority, real_time_time, count
};

inline constexpr u64 unlimited = ~u64{0};

struct Limit {
  u64 soft = unlimited, hard = unlimited;
};

/// A process' limits. Copied by fork, kept by exec.
struct Limits {
  Limit of[u8(Resource::count)];
  constexpr Limit& operator[](Resource r) { return of[u8(r)]; }
  constexpr Limit const& operator[](Resource r) const { return of[u8(r)]; }
};

/// Process 1's: `processes` and `pending_signals` are what the system can hold.
constexpr Limits initial_limits(u64 processes) {
  Limits l;
  l[Resource::stack] = {8 << 20, unlimited};
  l[Resource::core] = {0, unlimited};
  l[Resource::processes] = {processes, processes};
  l[Resource::descriptors] = {1024, 4096};
  l[Resource::locked] = {8 << 20, 8 << 20};
  l[Resource::pending_signals] = {processes, processes};
  l[Resource::message_queues] = {819200, 819200};
  l[Resource::nice] = {0, 0};
  l[Resource::real_time_priority] = {0, 0};
  return l;
}

}  // namespace hinge::linux_service
