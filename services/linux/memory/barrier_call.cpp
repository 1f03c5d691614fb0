// membarrier(2). Linux interrupts the processors that run the threads in question; here a page that comes and goes in their
// space does: taking it away waits until each processor on which the space is loaded has answered, which orders its memory
// accesses as a full barrier would. Threads that do not run are ordered by the switch that took the processor from them.
#include "services/linux/core/syscall.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/process/tree.hpp"

namespace hinge::linux_service {
namespace {

Attempt<> interrupt_all(AddressSpace& space) {
  Guard guard{space.lock};
  u64 const at = ATTEMPT(host::space_map(space.handle, {.address = 0, .bytes = page_bytes, .protection = Protection::read | Protection::write,
                                                        .maximum = Protection::read | Protection::write, .flags = 0,
                                                        .object = no_handle, .offset = 0, .opaque = {}}));
  auto const made = host::space_resolve(space.handle, at, true, nullptr);
  auto const gone = host::space_unmap(space.handle, at, page_bytes);
  if (!made || !gone) return fail(Errno::no_memory);
  return ok;
}

/// In all processes, or those that wanted to take part. One that ends meanwhile has no threads left to order.
Value interrupt_processes(bool registered) {
  for (i32 pid = next_pid(0); pid; pid = next_pid(pid)) {
    Ref<Process> const process = find_process(pid);
    Ref<AddressSpace> const space = process ? process->shared_space() : nullptr;
    if (!space || (registered && !space->wants_global_barriers.load(std::memory_order_relaxed))) continue;
    ATTEMPT(interrupt_all(*space));
  }
  return 0;
}

}  // namespace

Value sys_membarrier(Thread& self, Args const& a) {
  enum Command : u32 {
    query = 0, global = 1, global_expedited = 2, register_global_expedited = 4, private_expedited = 8, register_private_expedited = 16
  };
  if (a.word(1)) return Errno::invalid;  // The one flag belongs to restartable sequences.
  AddressSpace& space = self.space();
  switch (a.word(0)) {
    case query: return global | global_expedited | register_global_expedited | private_expedited | register_private_expedited;
    case global: return interrupt_processes(false);
    case global_expedited: return interrupt_processes(true);
    case register_global_expedited: space.wants_global_barriers.store(true, std::memory_order_relaxed); return 0;
    case register_private_expedited: space.wants_barriers.store(true, std::memory_order_relaxed); return 0;
    case private_expedited:
      if (!space.wants_barriers.load(std::memory_order_relaxed)) return Errno::not_permitted;
      return interrupt_all(space);
    default: return Errno::invalid;
  }
}

}  // namespace hinge::linux_service
