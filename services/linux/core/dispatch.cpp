// Where every request of a Linux thread arrives: system calls, faults, interruptions, first entries. Finds the handler,
// issues it (again), and at the end of each call looks after signals, stops and the end of the process (settle).
//
// A call may be issued many times: as long as its handler answers blocked, and again while the thread is stopped after
// the handler is through (request.answered). The nucleus issues the same number with the same arguments.
#include "services/linux/core/dispatch.hpp"

#include <atomic>

#include "host/log.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/process/exit.hpp"
#include "services/linux/process/system.hpp"
#include "services/linux/signal/deliver.hpp"
#include "services/linux/trace/stops.hpp"

namespace hinge::linux_service {

#define X(number, name) Value sys_##name(Thread& self, Args const& a);
#include "services/linux/all_calls.def"
#undef X
Value pseudo_page_fault(Thread& self, Args const& a);  // memory/fault.cpp
Value pseudo_exception(Thread& self, Args const& a);   // signal/exception.cpp

void two_handlers_for_one_system_call();  // Never defined: a call of it while compiling is an error.

namespace {

using linux_entry::Action;
using linux_entry::Answer;
using linux_entry::Pseudo;

constexpr u32 call_count = 512;

/// One bit for each number that was asked for in vain.
constinit std::atomic<u64> missing_seen[call_count / 64];

/// The handler of numbers that have none.
Value missing(Thread& self, Args const&) {
  u64 const number = self.request.number;
  if (number < call_count) {
    u64 const bit = u64{1} << (number % 64);
    if (!(missing_seen[number / 64].fetch_or(bit, std::memory_order_relaxed) & bit))
      host::log("system call {} is not there ({} asked)", number, static_cast<char const*>(self.name));
  }
  return Errno::no_system_call;
}

struct Table {
  Handler handlers[call_count] = {};
  consteval Table() {
#define X(number, name)                                                       \
    if (handlers[number]) two_handlers_for_one_system_call();                 \
    handlers[number] = sys_##name;
#include "services/linux/all_calls.def"
#undef X
    for (Handler& h : handlers)
      if (!h) h = missing;
  }
};
constinit Table const table;
constinit Table issued;  ///< What is issued: the same, unless all of them go through another (issue_through).
constinit Handler issued_page_fault = pseudo_page_fault;

Value start_of_thread(Thread& self) {
  if (self.tid == 1 && !self.process().has_execed) return run_first_program(self);
  if (self.set_child_tid) (void)copy_to_user(self, UserAddr{self.set_child_tid}, self.tid);
  return 0;
}

Value issue(Thread& self, u64 number, Args const& a) {
  if (number < call_count) return __atomic_load_n(issued.handlers + number, __ATOMIC_RELAXED)(self, a);
  switch (Pseudo(number)) {
    case Pseudo::page_fault: return __atomic_load_n(&issued_page_fault, __ATOMIC_RELAXED)(self, a);
    case Pseudo::exception: return pseudo_exception(self, a);
    case Pseudo::interrupt: return 0;
    case Pseudo::start: return start_of_thread(self);
  }
  return missing(self, a);
}

/// A thread that ends is asked nothing more; one that is traced is looked at before and after.
Value issue_watched(Thread& self, Args const& a) {
  u32 const why = self.attention.load(std::memory_order_relaxed);
  if (why & attention::end) return Errno::interrupted;
  Value value = 0;
  if (why & attention::traced && !trace::before_call(self, value)) return value;
  value = issue(self, self.request.number, a);
  return trace::is_traced(self) ? trace::after_call(self, value) : value;
}

/// The handlers of a thread that has a tracer.
struct WatchedTable {
  Handler handlers[call_count];
  consteval WatchedTable() {
    for (Handler& h : handlers) h = issue_watched;
  }
};
constinit WatchedTable const watched;

/// What the nucleus is told. Signals, stops and restarts are looked after here, unless the thread waits or is over.
[[gnu::noinline]] Answer conclude(Thread& self, Value value) {
  using Kind = Value::Kind;
  bool const restarts = value.is_error() && is_restart(value.error());
  u32 const asks = self.attention.load(std::memory_order_acquire);
  if (value.kind() != Kind::blocked && value.kind() != Kind::end && (asks & ~attention::words || restarts)) value = settle(self, value);
  if (asks & attention::words && value.kind() != Kind::blocked) {
    for (u64& word : self.request.words) word = 0;
    self.attention.fetch_and(~attention::words, std::memory_order_relaxed);
  }
  switch (value.kind()) {
    case Kind::result:
    case Kind::error: break;
    case Kind::keep: return {value.number(), Action::keep};
    case Kind::blocked:
      self.wait = {self.event.raw(), 0, self.issue_wakes, self.wait_deadline_ns};
      return {reinterpret_cast<u64>(&self.wait), Action::block};
    case Kind::end: leave_for_good(self); return {0, Action::end};
  }
  return {value.number(), Action::resume};
}

/// What is not the first issue of a call that is there.
[[gnu::noinline]] Answer issue_otherwise(Thread& self, u64 number, Args const& a) {
  constexpr u64 reason_bits = u64{0xff} << linux_entry::reason_shift;
  Request& request = self.request;
  if (Reason const reason = Reason((number & reason_bits) >> linux_entry::reason_shift); reason != Reason::first) {
    request.reason = reason;
    self.leave_all();
  } else {
    request.begin(number & ~reason_bits);
  }
  Value value = self.answer;
  if (!request.answered) {
    bool const looked_at = self.attention.load(std::memory_order_relaxed) & (attention::end | attention::traced);
    value = looked_at ? issue_watched(self, a) : issue(self, request.number, a);
  }
  Answer const answer = conclude(self, value);
  // One that is over may be gone by now, with its memory.
  if (answer.action != Action::block && answer.action != Action::end) request = Request{};
  return answer;
}

}  // namespace

Handler const* call_handlers(bool traced) { return traced ? watched.handlers : issued.handlers; }

Handler handler_of(u64 number) {
  if (number < call_count) return table.handlers[number];
  return Pseudo(number) == Pseudo::page_fault ? pseudo_page_fault : nullptr;
}

void issue_through(Handler instead) {
  for (u32 i = 0; i < call_count; ++i)
    __atomic_store_n(&issued.handlers[i], instead ? instead : table.handlers[i], __ATOMIC_RELAXED);
  __atomic_store_n(&issued_page_fault, instead ? instead : pseudo_page_fault, __ATOMIC_RELAXED);
}

Answer handle_linux(void* cookie, u64 number_and_reason, u64 const* words) {
  auto& self = *static_cast<Thread*>(cookie);
  Args const& a = Args::at(words);
  // Acquire: pairs with wake(); whatever is woken from here on makes block() fail.
  self.issue_wakes = self.seen_wakes.load(std::memory_order_acquire);
  if (number_and_reason < call_count) [[likely]] {
    self.request.begin(number_and_reason);
    Value const value = __atomic_load_n(self.handlers.load(std::memory_order_relaxed) + number_and_reason, __ATOMIC_RELAXED)(self, a);
    // One test for whatever is not a plain result that goes straight back.
    bool const plain = (u32(value.kind()) | self.attention.load(std::memory_order_acquire)) == 0;
    if (plain) [[likely]] return {value.number(), Action::resume};
    return conclude(self, value);
  }
  return issue_otherwise(self, number_and_reason, a);
}

}  // namespace hinge::linux_service
