// membarrier(2), for the threads of one process. Linux interrupts the processors that run them; here a page that comes and
// goes does: taking it away waits until each processor on which the space is loaded has answered, which orders its memory
// accesses as a full barrier would. Threads that do not run are ordered by the switch that took the processor from them.
#include "services/linux/core/syscall.hpp"
#include "services/linux/core/thread.hpp"

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

}  // namespace

Value sys_membarrier(Thread& self, Args const& a) {
  enum Command : u32 { query = 0, private_expedited = 8, register_private_expedited = 16 };
  if (a.word(1)) return Errno::invalid;  // The one flag belongs to restartable sequences.
  AddressSpace& space = self.space();
  switch (a.word(0)) {
    case query: return private_expedited | register_private_expedited;
    case register_private_expedited: space.wants_barriers.store(true, std::memory_order_relaxed); return 0;
    case private_expedited:
      if (!space.wants_barriers.load(std::memory_order_relaxed)) return Errno::not_permitted;
      return interrupt_all(space);
    default: return Errno::invalid;
  }
}

}  // namespace hinge::linux_service
