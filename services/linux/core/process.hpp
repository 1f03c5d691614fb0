// Process: what Linux calls a thread group. Owns nothing of the nucleus itself; its memory is an AddressSpace (shared by
// vfork), its files and working directory belong to `files`. Found by pid through process/tree.hpp.
// Lock order: the tree's lock before a process' lock before its handlers' (lock_ranks.hpp).
#pragma once

#include <atomic>

#include "base/ref.hpp"
#include "host/heap.hpp"
#include "host/mutex.hpp"
#include "services/linux/core/limits.hpp"
#include "services/linux/core/lock_ranks.hpp"
#include "services/linux/core/session.hpp"
#include "services/linux/core/wait_queue.hpp"
#include "services/linux/files/poll_source.hpp"
#include "services/linux/memory/address_space.hpp"
#include "services/linux/signal/handlers.hpp"
#include "services/linux/signal/pending.hpp"

namespace hinge::linux_service {

class Descriptors;  // services/linux/files
class FsContext;
class Thread;
namespace trace { class Tracee; }

/// Where a process is in its life. It becomes zombie and reaped under the tree's lock.
enum class Life : u8 { running, stopped, ending, zombie, reaped };

/// Processor time and the like, summed.
struct Usage {
  u64 user_ns = 0, system_ns = 0, minor_faults = 0, switches = 0, peak_resident_bytes = 0;
};

class Process : public host::Shared<Process> {
 public:
  Process();
  ~Process();

  /// Before anybody else knows the process.
  void start_with(Limits const& l) { Guard guard{limits_lock}; limits = l; }
  [[nodiscard]] Limits all_limits() const { Guard guard{limits_lock}; return limits; }
  /// Whether it ends or has ended.
  [[nodiscard]] bool is_over() const { return life.load(std::memory_order_relaxed) >= Life::ending; }
  /// The soft limit of a resource, now.
  [[nodiscard]] u64 limit(Resource r) const { Guard guard{limits_lock}; return limits[r].soft; }

  /// What other processes (/proc) may look at: references taken under the lock; null once it has ended.
  [[nodiscard]] Ref<AddressSpace> shared_space() const;
  [[nodiscard]] Ref<Descriptors> shared_descriptors() const;
  [[nodiscard]] Ref<FsContext> shared_fs() const;

  i32 pid = 0;
  u64 start_ns = 0;              ///< Monotonic time of its fork.

  // Replaced under the lock, by its own only thread (birth, exec, exit). Its threads read them without.
  Ref<AddressSpace> space;
  Ref<Descriptors> descriptors;
  Ref<FsContext> fs;
  Ref<SignalHandlers> handlers;

  mutable Mutex<rank::Process> lock;
  Thread* threads HINGE_GUARDED_BY(lock) = nullptr;   ///< By next_in_process; the leader first while it lives.
  std::atomic<u32> thread_count{0};                   ///< Changes under lock.
  std::atomic<Life> life{Life::running};              ///< Changes under lock.
  bool in_exec HINGE_GUARDED_BY(lock) = false;        ///< One thread waits for the others to end.
  PendingSignals pending HINGE_GUARDED_BY(lock);
  u32 exit_status HINGE_GUARDED_BY(lock) = 0;         ///< As wait shows it, once ending.
  Signal stop_signal HINGE_GUARDED_BY(lock) = Signal::none;
  bool stop_dequeued HINGE_GUARDED_BY(lock) = false;  ///< A stop signal was taken and no SIGCONT came since.
  bool stop_unreported HINGE_GUARDED_BY(lock) = false, continue_unreported HINGE_GUARDED_BY(lock) = false;  ///< For wait.
  Usage gone_threads HINGE_GUARDED_BY(lock);          ///< Of threads that have ended.
  char last_name[16] HINGE_GUARDED_BY(lock) = {};     ///< comm of the last thread, once it has left: a zombie's name.
  PollSource signal_source;      ///< A signal has become pending, for it or one of its threads: signalfd.
  PollSource end_source;         ///< It has become a zombie: pidfd.
  WaitQueue resumed;             ///< Threads parked by a stop.
  WaitQueue thread_left;         ///< exec, waiting for the others.
  WaitQueue memory_left;         ///< The vfork parent, waiting for memory_is_own.
  std::atomic<bool> memory_is_own{true};  ///< False: a vfork child that uses its parent's memory yet.

  // Under the tree's lock.
  Process* parent = nullptr;
  std::atomic<i32> parent_pid{0};  ///< Of `parent`; 0: none. Read without the lock.
  Process* first_child = nullptr;
  Process* next_sibling = nullptr;
  Process* next = nullptr;       ///< All processes.
  Process* previous = nullptr;
  Process* next_in_table = nullptr;
  i32 group = 0;
  Ref<Session> session;
  Signal exit_signal = Signal::child;
  bool has_execed = false;       ///< setpgid of a child is over then.
  bool subreaper = false;
  u32 parent_death_signal = 0;   ///< PR_SET_PDEATHSIG.
  Usage children;                ///< Of children that were waited for.
  trace::Tracee* tracees = nullptr;    ///< Threads that this process traces.
  trace::Tracee* traced_as = nullptr;  ///< Its first thread's entry with who traces it.
  bool held_for_tracer = false;  ///< A zombie of which the parent is not to hear before the tracer has.
  WaitQueue child_changed;       ///< wait4, waiting for any child.

  mutable Mutex<rank::Leaf> limits_lock;
  Limits limits HINGE_GUARDED_BY(limits_lock);

  std::atomic<u32> dumpable{1};
  std::atomic<i32> badness_adjustment{0};  ///< /proc/PID/oom_score_adj: -1000 (never) to 1000.
  std::atomic<bool> chosen_to_end{false};  ///< By who looked for memory; it has not left yet.
  std::atomic<u32> owner{0};     ///< Real uid of its leader: whose RLIMIT_NPROC it counts for.
};

}  // namespace hinge::linux_service
