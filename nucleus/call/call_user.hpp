// Going into a user-side slot from ring 0 and coming back: the primitive under every message. The caller's kernel
// context stays on its kernel stack; the callee runs on its activation's stacks; `reply`, or the death of the callee's
// domain, resumes the caller. Interrupts are off before and after.
#pragma once

#include "nucleus/debug/backtrace.hpp"
#include "nucleus/sched/sched.hpp"

namespace hinge::nucleus {

/// In the order in which enter_user pops them.
struct UserRegisters {
  u64 rdi, rsi, rdx, r10, r8, r9;
  u64 rax, rbx, rbp, r12, r13, r14, r15;
  u64 rip, rsp;
};

/// How a caller of the fast path goes on: at the top of its kernel stack.
struct Resume { u64 r15, r14, r13, r12, rbp, rbx, rip, rsp; };

/// Takes an activation of the portal for the current thread, growing the pool or sleeping in the queue if it must.
/// peer_died when the slot is dead, cancelled when the thread is to end, not_present when the slot has moved to the kernel
/// side meanwhile: decide anew. Fills user_stack, kernel_stack, root.
/// timed_out when the deadline passes first. peer_died also when the portal is not `id` any more.
Result<Activation*> acquire(Portal& portal, Id<Portal> id, u64 deadline_ns = no_deadline);

/// Sleeps until the portal admits callers. peer_died, cancelled, timed_out.
Error await_admission(Portal& portal, Id<Portal> id, u64 deadline_ns);

/// Gives an activation that was left to whoever waits for one, or to this CPU's pool.
void hand_back(Portal& portal, Activation& activation);

/// Enters `activation` (just acquired). On return the six words and rbx of the reply are in *r and the activation has
/// been given back. peer_died when its domain died meanwhile, or the caller's own: it leaves at its next way out.
/// timed_out when the deadline has passed: the activation is an orphan's then.
Error call_user(Activation& activation, UserRegisters& r);

/// The callee's `reply`: leaves the current activation. Does not return.
[[noreturn]] void resume_caller(Activation& activation, Error status);

/// The same for a callee that the fast path entered, with a reply: its caller goes on in ring 3.
[[noreturn]] void resume_ring3(Activation& activation, u64 rax, u64 const (&words)[native::register_words]);

/// Goes on in ring 3 where the activation's call by the fast path had left it.
[[noreturn]] void return_to_ring3(Activation& activation, u64 rax, u64 const (&words)[native::register_words]);

/// The current user-side domain ends: reports it, ends it, and resumes the caller. `what` says why.
[[noreturn]] void fault_current_domain(char const* what, struct TrapFrame const& frame, Death why, u32 vector, u64 address);
/// For backtraces of a user-side service. It locks the slot's memory.
StackReader slot_reader(Slot& slot);
/// The current thread is on an activation whose domain is dead: leaves it.
[[noreturn]] void leave_dead_activation();

/// A call by kernel-side code; see host::Table::call for words_in and the result.
u64 call_from_kernel(Handle portal, u32 method, u32 words_in, u64* words, u64 deadline_ns);

/// A worker thread's life: waits for its event, carries the count into its portal. `argument` is its Thread.
void run_worker(void* argument);

}  // namespace hinge::nucleus
