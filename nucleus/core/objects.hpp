// What the nucleus is made of: slots, portals, activations, events, threads. Plain data linked by pool indices;
// the transitions are in core.hpp. Fields under "machine" belong to the layers around the core (stacks, page-table
// roots); the core neither reads nor writes them.
#pragma once

#include <atomic>

#include "abi/image.hpp"
#include "abi/layout.hpp"
#include "abi/native.hpp"
#include "nucleus/core/capability.hpp"
#include "nucleus/core/pool.hpp"
#include "nucleus/limits.hpp"

namespace hinge::nucleus {

inline constexpr u32 priorities = 32;
inline constexpr u32 kernel_domain = 0;
inline constexpr u32 portals_collected = 16;  ///< So many that nobody names any more are collected together.
inline constexpr u32 portals_of_slot = 128;  ///< At most, so that one slot cannot have them all, and its transitions are bounded.
inline constexpr u64 shortest_period_ns = 100'000;
inline constexpr u64 shortest_budget_ns = 100'000, longest_budget_period_ns = u64{1} << 40;
inline constexpr u32 no_domain = ~0u;       ///< Of a Linux process: it owns no capabilities.

struct Portal;
struct Activation;
struct Thread;
struct Event;

enum class SlotState : u8 { empty, running, died };

/// A service's place: its capability table, its memory, and the domain that maps it. The index is the slot number.
struct Slot {
  u32 index = 0;
  bool live = false;
  bool admits = true;                   ///< Callers get in; else they queue at its portals.
  SlotState state = SlotState::empty;
  Placement side = Placement::none;
  u32 domain = no_domain;
  CapabilityTable table;
  char name[image::name_bytes] = {};
  u64 worker_budget_ns = 0, worker_period_ns = 0;  ///< Of each of its workers.
  u8 worker_priority = 16;
  u32 hang_limit_ms = 0;                ///< Of a call that stays inside; 0: none.
  u64 header = 0;                       ///< Slot address of the image header.
  /// From the paths themselves, written by the CPU that serves the request. A fast message is one more message and two
  /// more switches.
  struct alignas(64) Counters { u64 calls, messages, switches, fast_messages; } counters[max_cpus] = {};
  std::atomic<u64> faults = 0;
  std::atomic<u64> dma_faults = 0;      ///< Accesses that the IOMMU refused its devices.
  struct Ending {                       ///< Of its domain, the last time. Times are of the time-stamp counter.
    Death why = Death::none;
    u32 vector = 0;
    u64 address = 0, instruction = 0, at = 0, answered_at = 0;
  } ending;
  u32 portals = 0, portal_count = 0;    ///< Into it, linked by slot_next.
  u32 spare = 0;                        ///< Free activations of portals that are gone, with their stacks, linked by next.
  u32 watch = 0;                        ///< Event that rises when its domain ends; holds a reference. 0: not watched.
  // machine
  void* memory = nullptr;               ///< mm::SlotMemory
  std::atomic<u32> stacks = 0;          ///< Activation stacks laid out so far.
  u64 call_entry = 0, linux_entry = 0;  ///< User-side entries, checked to lie in the slot.
  u64 handle = 0, linux_handle = 0;     ///< Kernel-side entries.
  u64 copy_begin = 0, copy_end = 0, copy_fixup = 0;
};

/// A set of slots that share fate and an address space. Index 0 is the kernel.
struct Domain {
  u32 index = 0;
  bool live = false;
  bool dead = false;
  u32 slots = 0;
  u64 root = 0;                         ///< machine: its page-table root (user side).
};

enum class PortalKind : u8 { message, caller_view };

/// Where a domain is entered. Callers carry their threads in, on activations from the pool of the CPU they are on.
struct Portal : Pooled<Portal> {
  u32 slot = 0;
  PortalKind kind = PortalKind::message;
  bool admits = true;                   ///< Its slot does, and somebody names it.
  u64 cookie = 0;
  u32 limit = 0;                        ///< Activations it may have.
  u32 created = 0;
  u32 references = 0;                   ///< Capabilities and bindings that name it.
  u32 waiting = 0;                      ///< First thread in the queue for an activation, by priority.
  u32 slot_next = 0, slot_previous = 0; ///< Among the portals of its slot.
  u32 leaving_next = 0;                 ///< Among those that nobody names, and that cannot go yet.
  u32 shared = 0;                       ///< Free activations given up by their CPUs because somebody waits.
  u32 wanted_next = 0, wanted_previous = 0;  ///< Among the portals that somebody waits for.
  std::atomic<u32> inside = 0;          ///< Calls in progress on the kernel side (no activation there).
  u64 open_root = 0;                    ///< Page-table root of its domain while it may be entered in ring 3, else 0.
  u64 way_in = 0;                       ///< machine: of a caller view, how programs' requests get in now (linux_entry::Handle).
  Slot* home = nullptr;                 ///< machine: of `slot`.
  struct alignas(64) Own { u32 free = 0; };
  Own own[max_cpus] = {};               ///< Per CPU: free activations, linked by `next`. Touched by that CPU alone.
};

/// A grant: memory that the callee may copy from or to while the call lasts.
struct Grant { u64 address = 0; u32 bytes = 0; u32 writable = 0; };

/// One thread's stay in one user-side slot: a user stack, a kernel stack, and how to get back.
struct Activation : Pooled<Activation> {
  u32 next = 0;                         ///< Free list.
  u32 portal = 0;                       ///< 0: the base activation of a thread, or, without one, a spare of its slot.
  alignas(8) u32 thread = 0;
  u32 seen_ms = 0;                      ///< How long this call has been seen on top of its thread. One store with `thread`
                                        ///< begins and ends the call, and this count.
  u32 caller = 0;                       ///< Activation below it; 0 when called from a worker's base.
  u32 domain = no_domain;               ///< Of its slot, now; no_domain: a base.
  u32 slot = 0;
  bool dead = false;                    ///< Its domain died: leaves as soon as it would run there again.
  u64 deadline_ns = no_deadline;        ///< Of the call, or earlier, of a call that its caller is in.
  u32 timed_next = 0, timed_previous = 0;  ///< Among the calls with deadlines of their own.
  bool timed = false;                   ///< Is one of them.
  Grant grants[native::max_buffers] = {};
  // machine
  u64 kernel_stack = 0;                 ///< Top.
  u64 user_stack = 0;                   ///< Top.
  Slot* home = nullptr;                 ///< Of `slot`.
  Portal* entrance = nullptr;           ///< `portal`, for the fast path.
  u64 root = 0;                         ///< Page-table root while it runs.
  u64 caller_rsp = 0;                   ///< Kernel stack pointer of the caller, inside call_user. 0: called from ring 3
                                        ///< by the fast path; how it goes on lies on its kernel stack.
  u64* reply = nullptr;                 ///< Where call_user's caller wants the reply: six words, then rax and rbx.
  bool floating = false;                ///< May use floating-point registers: a program's base.
  bool lower_half = false;              ///< `root` is one of the thread's space.
  u64* long_words = nullptr;            ///< In a long call: the caller's 64 words, in nucleus memory.
};

/// A counting notification.
struct Event : Pooled<Event> {
  u64 count = 0;
  u32 references = 0;
  u32 waiting = 0;                      ///< First parked thread, linked by Thread::next.
  u32 worker = 0;                       ///< Thread that carries it into a portal.
  u64 deadline_ns = no_deadline;        ///< Timer.
  u64 period_ns = 0;
  u32 timer_next = 0, timer_previous = 0;
};

enum class ThreadState : u8 { stopped, ready, running, parked, ended };
enum class Wait : u8 { nothing, event, word, portal, sleep };

/// Work that a thread owes before it next runs user code.
enum ThreadFlag : u32 {
  flag_interrupt = 1,                   ///< Bring Pseudo::interrupt to the personality.
  flag_end = 2,                         ///< End at the way out.
  flag_cut = 4,                         ///< Core::settle.
  flag_cancel = 8,                      ///< The next bounded wait in a service returns cancelled, and takes the flag away.
  flag_budget = 16,                     ///< Its budget is used up: rest until the next period.
  flag_lent = 32,                       ///< It was lent priority: where no service's lock can be held, that ends.
  flag_hang = 64,                       ///< Its domain ends if its call is still beyond the limit.
};

struct Thread : Pooled<Thread> {
  ThreadState state = ThreadState::stopped;
  Wait wait = Wait::nothing;
  Error wake_reason = Error::none;      ///< none: fired; timed_out; cancelled; peer_died.
  u8 priority = 8;                      ///< What counts: its own, or the highest that was lent to it.
  u8 own_priority = 0;                  ///< While somebody lends to it.
  u32 cpu = 0;                          ///< Where it runs, or ran last.
  u32 next = 0, previous = 0;           ///< In a run queue or a wait queue.
  u32 wait_object = 0;                  ///< Event or portal index.
  u64 wait_word = 0;                    ///< Key of Wait::word; of Wait::event, the count that was seen.
  u64 deadline_ns = no_deadline;        ///< Of the wait.
  u32 timer_next = 0, timer_previous = 0;
  u64 cpu_mask = ~u64{0};
  std::atomic<u32> flags = 0;
  u32 lends_to = 0;                     ///< Waits for a lock that this thread holds.
  u32 lenders = 0;                      ///< First of those who lend to it, linked by next_lender.
  u32 next_lender = 0, previous_lender = 0;
  u64 budget_ns = 0, period_ns = 0;     ///< No budget: 0.
  i64 left_ns = 0;                      ///< Of the budget, in this period; below 0: debt.
  u64 period_end_ns = 0;
  u32 references = 0;
  u32 activation = 0;                   ///< The one it is on; while it runs, Cpu::activation says so instead.
  u32 base = 0;                         ///< The one it began with.
  u32 owner_slot = 0;                   ///< Charged for it.
  u32 origin = 0;                       ///< Of an orphan: the thread whose call it runs on with. It ends with that call.
  u32 left_by = ~0u;                    ///< Of an orphan: the slot whose death left it. What it does is done before that comes back.
  u64 slice_end_ns = 0;
  u64 sequence = 0;                     ///< Names its outermost request; see create_thread. Of a program's thread: odd while its personality
                                        ///< has it, the same each time it is issued. Written by the thread alone, with
                                        ///< interrupts off.
  u32 personality = 0;                  ///< Portal of kind caller_view, 0 for workers. Holds a reference.
  Portal* entrance = nullptr;           ///< `personality`, for the paths.
  u32 worker_portal = 0;                ///< Of a worker: where it carries its event. Holds a reference.
  u32 worker_event = 0;                 ///< Of a worker, while event and binding last.
  // machine
  u64 rsp = 0;                          ///< Saved kernel stack pointer while not running.
  u64 cookie = 0;                       ///< The personality's object.
  u32 worker_method = 0;
  void* space = nullptr;                ///< mm::Space of a Linux thread.
  u64 view = 0;                         ///< Root of its space's service view with the personality in it; 0: look it up.
  u64 whole_frame = 0;                  ///< `sequence | 1` of the last request in which its user frame had every word.
  u64 reply[7] = {};                    ///< A personality's on the user side, by the general path: six words, then rbx.
  void* floating = nullptr;             ///< FPU area, above the base kernel stack.
  u64 stack_top = 0;                    ///< Of the kernel stack, as it was allocated.
  u64 fs_base = 0, gs_base = 0;
  u64 processor_ns = 0, entered_ns = 0; ///< Used up to the last switch or timer interrupt, and when that was.
  u32 user_ticks = 0, system_ticks = 0; ///< Where it was found by timer interrupts.
  u64 user_ns = 0, system_ns = 0;       ///< As last told to somebody (sched/times.cpp): neither ever goes back.
  u64 switches = 0, minor_faults = 0;
};

}  // namespace hinge::nucleus
