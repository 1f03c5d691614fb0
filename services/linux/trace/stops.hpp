// The points of a traced thread's request at which it may have to stand still. Called by the thread itself, from dispatch,
// settle, clone, exec and exit, only when attention::traced is set.
#pragma once

#include "services/linux/core/thread.hpp"

namespace hinge::linux_service::trace {

enum class Event : u8;

[[nodiscard]] inline bool is_traced(Thread const& thread) { return thread.attention.load(std::memory_order_acquire) & attention::traced; }

/// Before the handler of a call is issued. False: it is not, and `value` is the answer: blocked, or what the tracer wants
/// instead. The tracer may have changed the call's number (request.number) and its arguments.
[[nodiscard]] bool before_call(Thread& self, Value& value);
/// After it: tells what happened inside (announce). Returns the value, or blocked.
[[nodiscard]] Value after_call(Thread& self, Value value);
/// Notes a fork, exec or their like, for after_call. Nothing if the tracer has not asked for it.
void announce(Thread& self, Event event, u64 message);

/// What settle is to do next.
enum class Step : u8 {
  go,       ///< Look after the thread as if it were not traced.
  stay,     ///< It stands still: answer blocked. The value is kept.
  deliver,  ///< Act on the signal in `info`, which the tracer has seen.
};
/// First of all in settle: the stop at the call's end, and what follows a stop that is over.
[[nodiscard]] Step settle(Thread& self, Value& value, SignalInfo& info);
/// A signal was taken: stands still with it. False: it cannot.
[[nodiscard]] bool stop_with_signal(Thread& self, Value value, SignalInfo const& info);
/// The tracer, or a stop of its process, wants it to stand still. False: not any more.
[[nodiscard]] bool stop_for_trap(Thread& self, Value value);
/// Before it ends. False: there is nothing to wait for.
[[nodiscard]] bool stop_before_end(Thread& self);

}  // namespace hinge::linux_service::trace
