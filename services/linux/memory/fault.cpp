// Page faults of programs that the nucleus did not serve: a file's page, or a mistake (SIGSEGV, SIGBUS), or no memory.
#include "abi/linux_entry.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/memory/out_of_memory.hpp"
#include "services/linux/signal/send.hpp"

namespace hinge::linux_service {

namespace {

constexpr u64 vector_page_fault = 14;
constexpr u64 error_from_user = 4;

/// space_resolve knows reading and writing; whether code may run there stands in the region.
bool may_execute(AddressSpace& space, u64 address) {
  RegionInfo region;
  return host::space_query(space.handle, address, &region) && region.begin <= address &&
         has(region.protection, Protection::execute);
}

}  // namespace

Value pseudo_page_fault(Thread& self, Args const& a) {
  using memory::Populated;
  u64 const address = a[0], access = a[1];
  bool const write = access & linux_entry::fault_write;
  Populated result = memory::populate(self, self.space(), UserAddr{address}, write);
  if (result == Populated::done && (access & linux_entry::fault_execute) && !may_execute(self.space(), address))
    result = Populated::no_access;
  if (result == Populated::done) return 0;

  self.fault = {.address = address, .error = access | error_from_user, .trap = vector_page_fault};
  switch (result) {
    case Populated::no_memory: return memory::make_room(self);
    case Populated::beyond_file: force_signal(self, from_fault(Signal::bus, signal_code::bus_address, address)); break;
    case Populated::no_access: force_signal(self, from_fault(Signal::segment, signal_code::segment_access, address)); break;
    default: force_signal(self, from_fault(Signal::segment, signal_code::segment_unmapped, address)); break;
  }
  return 0;
}

}  // namespace hinge::linux_service
