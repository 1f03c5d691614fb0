// Where every request of a Linux thread arrives: system calls, faults, interruptions, first entries. Finds the handler,
// issues it (again), and at the end of each call looks after signals, stops and the end of the process (settle).
//
// A call may be issued many times: as long as its handler answers blocked, and again while the thread is stopped after
// the handler is through (request.answered). The nucleus issues the same number with the same arguments.
#include "services/linux/core/dispatch.hpp"

#include <atomic>

#include "abi/linux_entry.hpp"
#include "host/log.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/process/exit.hpp"
#include "services/linux/process/system.hpp"
#include "services/linux/signal/deliver.hpp"
#include "services/linux/trace/stops.hpp"

namespace hinge::linux_service {

#define X(number, name) Value sys_##name(Thread& self, Args const& a);
#include "services/linux/events/calls.def"
#include "services/linux/files/calls.def"
#include "services/linux/ipc/calls.def"
#include "services/linux/memory/calls.def"
#include "services/linux/process/calls.def"
#include "services/linux/signal/calls.def"
#include "services/linux/sockets/calls.def"
#include "services/linux/time/calls.def"
#include "services/linux/trace/calls.def"
#include "services/linux/tty/calls.def"
#undef X
Value pseudo_page_fault(Thread& self, Args const& a);  // memory/fault.cpp
Value pseudo_exception(Thread& self, Args const& a);   // signal/exception.cpp

void two_handlers_for_one_system_call();  // Never defined: a call of it while compiling is an error.

namespace {

using linux_entry::Action;
using linux_entry::Outcome;
using linux_entry::Pseudo;

constexpr u32 call_count = 512;

struct Table {
  Handler handlers[call_count] = {};
  consteval Table() {
#define X(number, name)                                                       \
    if (handlers[number]) two_handlers_for_one_system_call();                 \
    handlers[number] = sys_##name;
#include "services/linux/events/calls.def"
#include "services/linux/files/calls.def"
#include "services/linux/ipc/calls.def"
#include "services/linux/memory/calls.def"
#include "services/linux/process/calls.def"
#include "services/linux/signal/calls.def"
#include "services/linux/sockets/calls.def"
#include "services/linux/time/calls.def"
#include "services/linux/trace/calls.def"
#include "services/linux/tty/calls.def"
#undef X
  }
};
constinit Table const table;

/// One bit for each number that was asked for in vain.
constinit std::atomic<u64> missing_seen[call_count / 64];

Value missing(Thread& self, u64 number) {
  if (number < call_count) {
    u64 const bit = u64{1} << (number % 64);
    if (!(missing_seen[number / 64].fetch_or(bit, std::memory_order_relaxed) & bit))
      host::log("system call {} is not there ({} asked)", number, static_cast<char const*>(self.name));
  }
  return Errno::no_system_call;
}

Value start_of_thread(Thread& self) {
  if (self.tid == 1 && !self.process().has_execed) return run_first_program(self);
  if (self.set_child_tid) (void)copy_to_user(self, UserAddr{self.set_child_tid}, self.tid);
  return 0;
}

Value issue(Thread& self, u64 number, Args const& a) {
  if (number < call_count && table.handlers[number]) [[likely]] return table.handlers[number](self, a);
  switch (Pseudo(number)) {
    case Pseudo::page_fault: return pseudo_page_fault(self, a);
    case Pseudo::exception: return pseudo_exception(self, a);
    case Pseudo::interrupt: return 0;
    case Pseudo::start: return start_of_thread(self);
  }
  return missing(self, number);
}

/// A thread that ends is asked nothing more; one that is traced is looked at before and after.
Value issue_watched(Thread& self, Args const& a) {
  if (self.attention.load(std::memory_order_relaxed) & attention::end) return Errno::interrupted;
  Value value = 0;
  if (!trace::before_call(self, value)) return value;
  value = issue(self, self.request.number, a);
  return trace::is_traced(self) ? trace::after_call(self, value) : value;
}

}  // namespace

u64 handle_linux(void* cookie, u64 number_and_reason, u64 const* words, void* where) {
  auto& self = *static_cast<Thread*>(cookie);
  auto& outcome = *static_cast<Outcome*>(where);
  // Acquire: pairs with wake(); whatever is woken from here on makes block() fail.
  self.issue_wakes = self.seen_wakes.load(std::memory_order_acquire);
  Request& request = self.request;
  Reason const reason = Reason(number_and_reason >> linux_entry::reason_shift);
  if (reason == Reason::first) [[likely]] {
    request = Request{};
    request.number = u32(number_and_reason);
  } else {
    request.reason = reason;
    self.leave_all();
  }

  Value value = self.answer;
  if (!request.answered) {
    bool const watched = self.attention.load(std::memory_order_relaxed) & (attention::end | attention::traced);
    value = watched ? issue_watched(self, Args{words}) : issue(self, request.number, Args{words});
  }
  bool const restarts = value.is_error() && is_restart(value.error());
  if (value.kind() != Value::Kind::blocked && value.kind() != Value::Kind::end &&
      (self.attention.load(std::memory_order_acquire) || restarts || self.restore_mask)) [[unlikely]]
    value = settle(self, value);

  switch (value.kind()) {
    case Value::Kind::result:
    case Value::Kind::error: outcome.action = Action::resume; break;
    case Value::Kind::keep: outcome.action = Action::keep; break;
    case Value::Kind::blocked:
      outcome = {Action::block, self.event.raw(), 0, self.issue_wakes, self.wait_deadline_ns};
      break;
    case Value::Kind::end:
      outcome.action = Action::end;
      leave_for_good(self);
      break;
  }
  return value.number();
}

}  // namespace hinge::linux_service
