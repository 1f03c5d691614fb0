// Tracee: what ptrace knows of a thread that is traced. A stopped tracee is parked like any waiting thread, at the border
// of its request: what it was doing goes on, by the same request, once the tracer lets it. A thread that nobody traces has
// no Tracee, and no bit attention::traced, which is the one thing its system calls look at.
//
// Lives from the first attach until both its thread and its tracer are through with it. Everything here is guarded by the
// tree's lock; stopped threads' registers are the tracer's to change.
#pragma once

#include "services/linux/core/process.hpp"
#include "services/linux/signal/signal_info.hpp"

namespace hinge::linux_service {

class Thread;

namespace trace {

/// PTRACE_O_*: the first seven are 1 << event.
namespace option {
inline constexpr u32 good_system_calls = 1, fork = 1 << 1, vfork = 1 << 2, clone = 1 << 3, exec = 1 << 4, vfork_done = 1 << 5, exit = 1 << 6,
                     exit_kill = 1 << 20;
inline constexpr u32 known = 0x7f | exit_kill;
}  // namespace option

/// PTRACE_EVENT_*: the upper half of a stop's status.
enum class Event : u8 { none = 0, fork = 1, vfork = 2, clone = 3, exec = 4, vfork_done = 5, exit = 6, stop = 128 };

/// At which point of its request the thread stands still, or stood when it was let go on.
enum class Point : u8 {
  none,
  entry,   ///< Before a system call.
  leave,   ///< After it.
  event,   ///< Inside, at fork, exec and their like.
  signal,  ///< With a signal taken but not acted on.
  trap,    ///< Asked to stop by the tracer, or stopped together with its process.
  ending,  ///< PTRACE_EVENT_EXIT.
};

enum class Tracing : u8 {
  runs,
  stopped,
  listens,  ///< Stopped; but when its process is continued, it stops anew (PTRACE_LISTEN).
  ended,    ///< The thread is gone; its tracer has not waited for it.
};

class Tracee : public host::Shared<Tracee> {
 public:
  i32 tid = 0;
  bool leads = false;               ///< Its process' first thread: its end is the process'.
  Ref<Process> process;
  Thread* thread = nullptr;         ///< Null once ended.
  Process* tracer = nullptr;        ///< Null: nobody any more.
  Tracee* next = nullptr;           ///< Among the tracer's; the list holds a reference.

  Tracing state = Tracing::runs;
  Point point = Point::none;
  u32 options = 0;
  bool seized = false;
  bool each_call = false;           ///< Let go on with PTRACE_SYSCALL: stops at system calls.
  bool steps = false;               ///< Let go on with PTRACE_SINGLESTEP: the trap flag is set.
  bool left = false;                ///< The present call is past the point of the stop at its end.
  bool unreported = false;          ///< A stop or the end that wait has not told.
  u32 status = 0;                   ///< As wait shows it.
  u64 message = 0;                  ///< PTRACE_GETEVENTMSG.
  bool has_info = false;
  SignalInfo info;                  ///< Of the signal it stopped with.
  i32 injected = 0;                 ///< What the tracer wants delivered instead.
  Event due = Event::none;          ///< To be told when the handler of the present call returns.
  u64 due_message = 0;
  u32 own_status = 0;               ///< Of a thread's own exit.
  WaitQueue resumed;                ///< The thread itself, while it stands still.
};

}  // namespace trace
}  // namespace hinge::linux_service
