// The rules of clone(2) that need no process to be checked.
#include "services/linux/process/clone.hpp"

namespace hinge::linux_service {

Attempt<> check(CloneRequest const& request) {
  using namespace clone_flag;
  u64 const f = request.flags;
  auto const has = [f](u64 bits) { return (f & bits) == bits; };
  bool const contradicts = (has(thread) && !has(same_handlers)) || (has(same_handlers) && !has(same_memory)) ||
                           (has(clear_handlers) && has(same_handlers)) ||
                           // Threads of one process share descriptors and directories here.
                           (has(thread) && !has(same_files | same_fs)) || (has(pidfd) && (f & (thread | detached)));
  if ((f & ~known) || contradicts) return fail(Errno::invalid);
  if (u8(request.exit_signal) > signal_count) return fail(Errno::invalid);
  return ok;
}

}  // namespace hinge::linux_service
