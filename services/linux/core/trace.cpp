#include "services/linux/core/trace.hpp"

#include <atomic>

#include "host/trace.hpp"
#include "services/linux/core/dispatch.hpp"
#include "services/linux/core/thread.hpp"

namespace hinge::linux_service {
namespace {

constinit std::atomic<i32> traced_group{0};

/// "page_fault", or the system call's name.
std::string_view name_of(u64 number) {
  switch (number) {
#define X(number, name) \
    case number: return #name;
#include "services/linux/all_calls.def"
#undef X
    default: return "page_fault";
  }
}

/// In place of every handler while somebody's requests are recorded.
Value issue_recorded(Thread& self, Args const& a) {
  u64 const number = self.request.number;
  Handler const handler = handler_of(number);
  if (self.process().group != traced_group.load(std::memory_order_relaxed)) return handler(self, a);
  u64 const start = ticks();
  Value const value = handler(self, a);
  if (value.kind() == Value::Kind::end) return value;  // Nobody may touch the thread any more.
  Probe::Hop hop = host::hop_since(start, Probe::Way::request, {}, name_of(number));
  hop.thread = u32(self.tid);
  hop.outcome = value.is_error() ? u32(value.error()) : 0;
  host::recorder.put(hop);
  return value;
}

}  // namespace

void trace_requests(i32 process_group) {
  traced_group.store(process_group, std::memory_order_relaxed);
  issue_through(process_group ? issue_recorded : nullptr);
}

}  // namespace hinge::linux_service
