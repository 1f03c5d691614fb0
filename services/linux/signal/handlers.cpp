// The table of signal actions: what exec and fork make of it.
#include "services/linux/signal/handlers.hpp"

namespace hinge::linux_service {

void SignalHandlers::reset_for_exec() {
  Guard guard{lock_};
  for (SignalAction& a : actions_) a = {a.handler == signal_action::ignore ? a.handler : signal_action::default_action, 0, 0, {}};
}

Ref<SignalHandlers> SignalHandlers::copy() const {
  auto other = host::make_ref<SignalHandlers>();
  if (!other) return other;
  Guard guard{lock_};
  other->start_with(actions_);
  return other;
}

bool SignalHandlers::ignores(Signal s) const {
  u64 const handler = get(s).handler;
  return handler == signal_action::ignore || (handler == signal_action::default_action && ignored_by_default.has(s));
}

}  // namespace hinge::linux_service
