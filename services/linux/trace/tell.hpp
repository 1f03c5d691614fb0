// Who traces whom, and what a tracer hears of it. Inside of trace, process and signal, under the tree's lock.
#pragma once

#include "services/linux/process/tree.hpp"
#include "services/linux/process/wait.hpp"
#include "services/linux/trace/tracee.hpp"

namespace hinge::linux_service::trace {

/// SIGCHLD to the tracer, and a wake-up of its waits.
void tell_tracer(Tracee& tracee, i32 code, i32 status) HINGE_REQUIRES(tree_lock);

/// Makes `thread` traced by `tracer`. no_memory; not_permitted when it is traced already.
Attempt<> trace(Thread& thread, Process& tracer, u32 options, bool seized) HINGE_REQUIRES(tree_lock);
/// The tracer lets go of it: it runs on with `signal`, or none.
void detach(Tracee& tracee, i32 signal) HINGE_REQUIRES(tree_lock);
/// A traced thread's fork or its like made `child`, which nobody else knows yet: it is traced too, if that was asked for.
void follow(Thread& self, Thread& child, Event event);

/// Whether this process' first thread is traced by `by`: what job control does to it then shows as stops of the tracee.
[[nodiscard]] bool is_traced_by(Process const& process, Process const& by) HINGE_REQUIRES(tree_lock);

/// How a traced thread ends, as wait would show it: with its process, or by its own exit.
[[nodiscard]] u32 end_status(Thread& self) HINGE_REQUIRES(tree_lock);
/// A thread is over. Its tracer hears of it now; of a process' first thread when the process is over too.
void thread_ended(Thread& self);
/// Exec by a thread that is not its process' first, whose number it takes: the first one's entry goes without a word.
void takes_lead(Thread& self) HINGE_REQUIRES(tree_lock);
/// A process became a zombie. True: its tracer, who is not its parent, has to be told first; then its parent.
[[nodiscard]] bool held_for_tracer(Process& process) HINGE_REQUIRES(tree_lock);
/// A process that traces others is over.
void tracer_ended(Process& tracer);

/// What a tracee of `tracer` has to tell, and of which process; the entry of one that ended goes, unless no_reap. `any`
/// becomes true when one matches.
struct Told {
  ChildEvent event;
  Ref<Process> process;
  Ref<Process> given_back;  ///< A reaped process; dropped without the lock.
  Ref<Tracee> entry;        ///< Dropped without the lock.
};
[[nodiscard]] Told look(Process& tracer, Selector selector, u32 options, bool& any) HINGE_REQUIRES(tree_lock);

}  // namespace hinge::linux_service::trace
