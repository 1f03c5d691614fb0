// Sums of processor time: what has ended is in the process, what runs is asked for.
#include "services/linux/process/usage.hpp"

#include "services/linux/process/tree.hpp"

namespace hinge::linux_service {

Usage usage_of(Thread& thread) {
  Usage usage;
  host::ThreadInfo info{};
  if (thread.handle == no_handle || !host::thread_info(thread.handle, &info)) return usage;
  usage.user_ns = info.user_ns;
  usage.system_ns = info.system_ns;
  usage.minor_faults = info.minor_faults;
  usage.switches = info.switches;
  return usage;
}

Usage usage_of_children(Process& process) {
  Guard guard{tree_lock};
  return process.children;
}

Usage usage_of(Process& process) {
  Guard guard{process.lock};
  Usage sum = process.gone_threads;
  for (Thread* t = process.threads; t; t = t->next_in_process) add_usage(sum, usage_of(*t));
  return sum;
}

}  // namespace hinge::linux_service
