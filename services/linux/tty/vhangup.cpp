#include "services/linux/core/syscall.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/tty/terminal.hpp"

namespace hinge::linux_service {

/// vhangup(2): ends all use of the caller's controlling terminal.
Value sys_vhangup(Thread& self, Args const&) {
  if (!self.credentials->has(Capability::sys_tty_config)) return Errno::not_permitted;
  Terminal* terminal = nullptr;
  if (Ref<Session> const session = session_of(self.process())) {
    Guard guard{tree_lock};
    terminal = static_cast<Terminal*>(session->terminal);
  }
  if (terminal) terminal->hang_up();
  return 0;
}

}  // namespace hinge::linux_service
