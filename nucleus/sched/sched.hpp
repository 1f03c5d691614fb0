// Scheduling: whose kernel context is live on this CPU. The core says who is next (core/threads.cpp); here contexts
// are switched, CPUs idle, time slices end. All functions run with interrupts off.
#pragma once

#include "base/thread_safety.hpp"
#include "nucleus/arch/x86_64/cpu.hpp"
#include "nucleus/core/core.hpp"
#include "nucleus/mm/machine.hpp"

namespace hinge::nucleus {

namespace mm {
class Space;
}

extern Core core;
/// Guards every transition of the core that core.hpp does not exempt. Held from picking a thread until it runs.
class HINGE_CAPABILITY("core lock") CoreLock {
 public:
  /// Interrupts are off. Whoever waits serves TLB shootdowns meanwhile: the holder may be waiting for this CPU's answer.
  void lock() HINGE_ACQUIRE() {
    while (taken_.exchange(true, std::memory_order_acquire)) {  // pairs with unlock
      while (taken_.load(std::memory_order_relaxed)) mm::while_waiting();
    }
  }
  void unlock() HINGE_RELEASE() { taken_.store(false, std::memory_order_release); }

 private:
  alignas(64) std::atomic<bool> taken_{false};
};
extern CoreLock core_lock;

class HINGE_SCOPED_CAPABILITY CoreGuard {
 public:
  CoreGuard() HINGE_ACQUIRE(core_lock) { core_lock.lock(); }
  ~CoreGuard() HINGE_RELEASE() { core_lock.unlock(); }
  CoreGuard(CoreGuard const&) = delete;
  CoreGuard& operator=(CoreGuard const&) = delete;
};

/// Bits of Cpu::pending.
inline constexpr u32 pending_reschedule = 1;  ///< A better thread waits, or the slice is over.
inline constexpr u32 pending_thread = 2;      ///< The thread has flags, or its activation is dead.

/// The thread whose context this is.
inline Thread& current() { return *static_cast<Thread*>(cpu().thread); }
/// The activation it is on.
inline Activation& current_activation() { return *static_cast<Activation*>(cpu().activation); }

inline constexpr u64 slice_ns = 10'000'000;

/// The core lock is held; the caller has left the running state (parked, ready or ended). Returns, lock still held,
/// when the thread runs again: perhaps on another CPU.
void switch_away() HINGE_REQUIRES(core_lock);
/// What a thread has used, the turn it is in included: one that is alone on its CPU may never be switched.
u64 processor_time_ns(Thread const& thread) HINGE_REQUIRES(core_lock);
/// The same in two parts: in its own code, and in the nucleus and all services. The sum is exact; how it divides is
/// sampled every tick_ns.
struct ProcessorTimes { u64 user_ns, system_ns; };
ProcessorTimes processor_times(Thread& thread) HINGE_REQUIRES(core_lock);
/// All threads of the system, those that have ended too.
struct SystemTimes { u64 user_ns, system_ns, idle_ns; };
SystemTimes system_times() HINGE_REQUIRES(core_lock);
/// A thread will run no more: its times go into the system's.
void note_end(Thread& thread) HINGE_REQUIRES(core_lock);
/// Programs' threads are sampled that often while they run. Not a round number, so that programs that live by round
/// numbers are not always found in the same place.
inline constexpr u64 tick_ns = 3'991'000;
/// The timer comes when the budget of the thread, which runs here, is used up.
void watch_budget(Thread& thread, u64 now_ns) HINGE_REQUIRES(core_lock);
/// The current thread is at its base, where it is in no service: it gives back what it was lent, and rests while its
/// budget is used up.
void pay_debts();
/// A program's thread, not a worker and not idle.
inline bool runs_programs(Thread const& t) { return t.space != nullptr; }
/// Counts what the thread, which runs here, has used up to now.
void charge(Thread& thread, u64 now_ns) HINGE_REQUIRES(core_lock);
/// Notes where a timer interrupt found this CPU's thread, if this CPU's tick is due; and when the next one is.
void sample(Thread& thread, bool in_user, u64 now_ns);
u64 next_tick(u64 now_ns);
/// This CPU's timer comes at `deadline_ns` or before.
void arm_earlier(u64 deadline_ns);
/// Brings the current thread's Thread::activation up to date before the core looks at it.
void note_activation();
/// Lets others of at least this priority run first.
void yield_now();
/// Makes `activation` the one that this CPU's entries and page tables belong to.
void use_activation(Activation& activation);
/// The thread will go on with function(argument) on the stack below `top`, interrupts off.
void prepare_context(Thread& thread, u64* top, void (*function)(void*), void* argument);
/// The same for one that begins, on its base activation's kernel stack.
void prepare_context(Thread& thread, void (*function)(void*), void* argument);
/// Ends the current thread. The core lock is not held.
[[noreturn]] void exit_current();
/// Gives up a reference to a space, perhaps with the core lock held. The last one's memory goes when this CPU disposes.
void let_go(mm::Space& space);
/// Another CPU has changed a space that this one may have loaded last. If it has nothing of a space loaded now, as when it
/// idles, it is not to be asked again.
void leave_space();
/// Of the spaces that it let go, without the core lock. On every way out of a native or Linux call, before a thread ends,
/// and before the CPU idles.
void dispose_unneeded();
/// This CPU's idle thread becomes current and idles for ever.
[[noreturn]] void idle_loop();
/// Sets this CPU's pending bits from its thread's flags.
void refresh_pending();
/// A thread was queued for this CPU: reschedule if it is better than the current one, else let the slice end it.
/// The core lock is held.
void note_ready() HINGE_REQUIRES(core_lock);
/// The preemption fuzzer, for tests ("preempt=SEED" on the kernel command line). When it is on, one in eight ways out of
/// the nucleus moves the thread behind its equals, half of those to another CPU, and timer interrupts come at random.
extern bool fuzzing;
void start_fuzzing(u64 seed);
void fuzz_exit();
void fuzz_timer(u64 now_ns);
/// Serves pending_reschedule; before_user and before_kernel come here, and native calls on their way out.
void reschedule_if_pending();

}  // namespace hinge::nucleus
