// SIGCHLD for stops and continues; the one for the end of a child is made in process/exit.cpp.
#include "services/linux/signal/notify.hpp"

#include "services/linux/process/usage.hpp"

namespace hinge::linux_service {

void notify_parent_locked(Process& child, i32 code) {
  Process* const parent = child.parent;
  if (!parent) return;
  SignalAction const action = parent->handlers->get(Signal::child);
  if (action.handler != signal_action::ignore && !(action.flags & signal_action::no_child_stop)) {
    u32 status;
    {
      Guard guard{child.lock};
      status = code == signal_code::child_stopped ? u32(child.stop_signal) : u32(Signal::resume);
    }
    (void)send_only(*parent, nullptr, child_info(child, code, i32(status)));
  }
  parent->child_changed.wake_all();
}

void notify_parent(Process& child, i32 code) {
  Guard guard{tree_lock};
  notify_parent_locked(child, code);
}

SignalInfo child_info(Process& child, i32 code, i32 status) {
  Usage const usage = usage_of(child);
  SignalInfo info{.signal = i32(Signal::child), .code = code};
  info.fields.child = {child.pid, child.owner.load(std::memory_order_relaxed), status, 0, i64(to_ticks(usage.user_ns)),
                       i64(to_ticks(usage.system_ns))};
  return info;
}

}  // namespace hinge::linux_service
