// Processor time of threads and processes, from the nucleus' books.
#pragma once

#include "services/linux/core/process.hpp"
#include "services/linux/signal/signal_info.hpp"

namespace hinge::linux_service {

/// Clock ticks as times(2) and siginfo count them: 100 a second.
constexpr u64 to_ticks(u64 ns) { return ns / 10'000'000; }

/// Sums up: threads that ended and those that run.
[[nodiscard]] Usage usage_of(Process& process);
[[nodiscard]] Usage usage_of(Thread& thread);
/// Of children that were waited for.
[[nodiscard]] Usage usage_of_children(Process& process);
/// As struct rusage.
Attempt<> copy_usage_to_user(Thread& self, UserAddr to, Usage const& usage);
constexpr void add_usage(Usage& to, Usage const& more) {
  to.user_ns += more.user_ns;
  to.system_ns += more.system_ns;
  to.minor_faults += more.minor_faults;
  to.switches += more.switches;
  if (more.peak_resident_bytes > to.peak_resident_bytes) to.peak_resident_bytes = more.peak_resident_bytes;
}

/// siginfo of SIGCHLD: what became of a child.
[[nodiscard]] SignalInfo child_info(Process& child, i32 code, i32 status);

}  // namespace hinge::linux_service
