// Thread: one Linux thread. The nucleus knows it by its address (the cookie of thread_create) and brings every system
// call, fault and interruption of it to dispatch.cpp as a request. Fields without a guard are touched by the thread
// itself only, while it is inside a request.
#pragma once

#include <atomic>

#include "abi/linux_entry.hpp"
#include "abi/registers.hpp"
#include "host/heap.hpp"
#include "services/linux/core/credentials.hpp"
#include "services/linux/core/process.hpp"
#include "services/linux/core/request.hpp"
#include "services/linux/core/syscall.hpp"
#include "services/linux/core/wait_queue.hpp"
#include "services/linux/process/futex_node.hpp"
#include "services/linux/process/policy.hpp"
#include "services/linux/signal/frame.hpp"
#include "services/linux/signal/pending.hpp"
#include "services/linux/trace/tracee.hpp"

namespace hinge::linux_service {

struct ExecImage;
void futex_leave(Thread& self);

/// Why a thread must not simply go on. Bits of Thread::attention; set by anybody under the process' lock, the last two by itself.
namespace attention {
inline constexpr u32 signal = 1;  ///< A signal that it does not block is pending, for it or its process.
inline constexpr u32 stop = 2;    ///< Its process is stopped, or about to be.
inline constexpr u32 end = 4;     ///< Its process ends, or another thread of it is in exec.
inline constexpr u32 trap = 8;    ///< Its tracer wants it to stand still.
inline constexpr u32 traced = 16; ///< It has a tracer: no reason to stop by itself, but its calls are looked at (trace/).
inline constexpr u32 mask = 32;   ///< `saved_mask` is put back when the call is over. Interrupts nothing, nor does the next.
inline constexpr u32 words = 64;  ///< Request::words are cleared when the call is over.
inline constexpr u32 others = signal | stop | end | trap;
}  // namespace attention


/// The handlers of the calls by number, of a thread that has a tracer or has none (dispatch.cpp).
[[nodiscard]] Handler const* call_handlers(bool traced);

class Thread : public host::Shared<Thread> {
 public:
  explicit Thread(Ref<Process> process);
  ~Thread();

  [[nodiscard]] Process& process() const { return *process_; }
  [[nodiscard]] AddressSpace& space() const { return *process_->space; }

  /// The handler's last word when it has to wait: returns blocked, after which the call is issued again once a queue it
  /// is on wakes it, or at `deadline_ns` (absolute, monotonic). If a signal is pending it returns `interrupted` instead,
  /// one of the restart codes or Errno::interrupted. The handler must hold no lock.
  Value block(u64 deadline_ns = no_deadline, Errno interrupted = Errno::restart);
  /// The same for waits that only the end of the process interrupts (vfork).
  Value block_killable();
  /// Whether block() would answer `interrupted`: for handlers that have a partial result to return instead.
  [[nodiscard]] bool interrupted() const;
  /// Takes the thread off all wait queues; the dispatcher does it before each reissue.
  void leave_all() {
    if (futex.bucket.load(std::memory_order_acquire)) futex_leave(*this);
    request.fired |= nodes.leave_all();
  }
  /// Makes a wait end: what wake-ups come down to. Any thread may call it while it holds a reference or a queue's lock.
  void wake();
  /// Makes it look for signals: ends a wait, and brings it in from user mode.
  void interrupt();

  /// Replaces the signal mask until this call is over (ppoll, pselect, epoll_pwait, sigsuspend). Once per call.
  void set_temporary_mask(SignalSet mask);
  [[nodiscard]] bool restores_mask() const { return attention.load(std::memory_order_relaxed) & attention::mask; }
  /// The mask is back, or a signal frame will bring it back.
  void forget_saved_mask() { attention.fetch_and(~attention::mask, std::memory_order_relaxed); }

  /// Four words that the handler may keep with the request.
  [[nodiscard]] u64* words() {
    attention.fetch_or(attention::words, std::memory_order_relaxed);
    return request.words;
  }

  /// The user registers at this call: by the thread itself alone. Writing them needs Value::keep() as the answer.
  [[nodiscard]] static Result<> read_registers(Registers& r) { return host::thread_registers(own_thread, &r, false); }
  [[nodiscard]] static Result<> write_registers(Registers& r) { return host::thread_registers(own_thread, &r, true); }

  i32 tid = 0;
  Handle handle{};               ///< The nucleus' thread.
  Handle event{};                ///< What its waits are parked on.
  Ref<Credentials> credentials;  ///< Replaced by itself only, under the process' lock.
  Request request;
  WaitNodes nodes;

  std::atomic<u32> attention{0};
  std::atomic<Handler const*> handlers{call_handlers(false)};  ///< Of its calls; follows attention::traced.

  /// Its calls are looked at from now on.
  void begin_trace() {
    handlers.store(call_handlers(true), std::memory_order_relaxed);
    attention.fetch_or(attention::traced, std::memory_order_acq_rel);
  }
  void end_trace() {
    attention.fetch_and(~(attention::traced | attention::trap), std::memory_order_acq_rel);
    handlers.store(call_handlers(false), std::memory_order_relaxed);
  }

  // Signals: under process().lock.
  PendingSignals pending;
  SignalSet blocked;             ///< Read by itself without the lock; written under it.
  SignalSet saved_mask;          ///< What `blocked` goes back to after the call, with attention::mask. Its own only.
  SignalSet awaited;             ///< What rt_sigtimedwait waits for: wakes it though blocked.
  AlternateStack alternate_stack;  ///< Its own only.

  struct { u64 address = 0, error = 0, trap = 0; } fault;  ///< Of its last exception, as signal frames show it.

  // Where exit reports, in its own memory.
  u64 clear_child_tid = 0;
  u64 robust_list = 0;
  u64 set_child_tid = 0;

  /// What restart_syscall continues (Errno::restart_relative): a handler and its arguments, with an absolute deadline.
  struct { Handler continue_with = nullptr; u64 words[6] = {}; } restart;

  Own<ExecImage> exec;           ///< Loaded program while exec waits for the other threads to end.
  Ref<Process> vfork_child;      ///< Which it waits for, until that one has its own memory or none.

  Ref<trace::Tracee> tracee;     ///< Set under the tree's lock; its own to read once attention::traced is set.

  // Lists, under process().lock and the tree's.
  Thread* next_in_process = nullptr;
  Thread* next_in_table = nullptr;

  char name[16] = {};            ///< comm; zero-terminated.
  i32 nice = 0;
  scheduling::Policy policy = scheduling::Policy::other;
  u8 real_time_priority = 0;     ///< 1 to 99 with the policies that have one.
  bool resets_on_fork = false;   ///< SCHED_RESET_ON_FORK.
  u32 memory_policy = 0;         ///< set_mempolicy; says nothing on a machine with one node.
  u64 affinity = 0;              ///< CPUs it may use; 0: all.
  std::atomic<u64> seen_wakes{0};  ///< What event's count is, once every wake in flight has arrived.
  u64 issue_wakes = 0;           ///< seen_wakes when the present issue began.
  u64 wait_deadline_ns = no_deadline;
  linux_entry::Wait wait{};      ///< As the nucleus is told of it.
  Value answer = 0;              ///< Of the request, once request.answered.
  FutexNode futex;               ///< Its place among a futex' waiters.

 private:
  Ref<Process> process_;
};

/// Makes the calling thread act for somebody else.
void adopt_credentials(Thread& self, Ref<Credentials> c);

/// Sets or clears attention::signal after a change of pending signals or of the mask.
void update_attention(Process& process, Thread& thread) HINGE_REQUIRES(process.lock);

}  // namespace hinge::linux_service
