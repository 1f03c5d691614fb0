// What a thread's system call in progress remembers while it waits without a stack. Fresh for each call, kept while the
// same call is issued again.
#pragma once

#include "abi/native.hpp"
#include "base/types.hpp"

namespace hinge::linux_service {

struct Request {
  u64 number = 0;
  Reason reason = Reason::first;   ///< From here to `fired`: as they stand here whenever no call waits.
  bool answered = false;           ///< The dispatcher's: the handler is through, only the signal check goes on.
  bool fired = false;              ///< A queue the thread waited on woke it (as opposed to a signal or a time-out).
  u64 deadline_ns = no_deadline;   ///< The handler's: absolute, set when first is true.
  u64 progress = 0;                ///< The handler's: bytes done so far, or a step.
  u64 words[4] = {};               ///< The handler's; 0 at first. Written through Thread::words() only.

  /// A fresh call. What only calls that waited have changed was put back when they ended.
  void begin(u64 fresh) {
    number = fresh;
    deadline_ns = no_deadline;
    progress = 0;
  }

  [[nodiscard]] bool first() const { return reason == Reason::first; }
  /// The deadline given to block() has passed: this is the last issue, the handler must finish.
  [[nodiscard]] bool timed_out() const { return reason == Reason::timed_out; }
};

}  // namespace hinge::linux_service
