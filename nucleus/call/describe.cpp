// Who runs here, for panics: reads the core without its lock, so it trusts no index.
#include "base/format.hpp"
#include "nucleus/call/call_user.hpp"
#include "nucleus/call/machine.hpp"
#include "nucleus/hooks.hpp"

namespace hinge::nucleus {

std::string_view describe_current(std::span<char> to) {
  if (cpu().thread == nullptr || cpu().activation == nullptr) return format_to(to, "the nucleus alone");
  Activation const& a = current_activation();
  if (a.slot == 0 || a.slot > layout::slot_count) return format_to(to, "thread {}, no service", a.thread);
  char const* const service = core.slots[a.slot].name;
  return format_to(to, "thread {}, service {}, domain {}", a.thread, service, a.domain);
}

}  // namespace hinge::nucleus
