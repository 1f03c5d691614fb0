// Calls that end before their callee does, and what makes them: the death of a domain. Interrupts are off.
#pragma once

#include "nucleus/sched/sched.hpp"

namespace hinge::nucleus {

/// In what enter_user returns: the callee is an orphan by now, its activation no longer the caller's to leave.
inline constexpr u64 detached_call = 0x100;

/// Machine::detached.
void detached(Thread& above, Thread& orphan, Activation& callee) HINGE_REQUIRES(core_lock);
/// The orphan on the activation it began with has replied, or its domain is dead: the activation is given back.
[[noreturn]] void end_orphan(Activation& activation);
/// Whether leaving this activation ends the current thread.
inline bool ends_orphan(Activation const& a) { return current().origin && a.caller == current().base; }
/// flag_cut of the current thread. Afterwards another thread may be current, in the same context.
void settle_current();
/// The domain dies: its slots, its activations, the calls through it. No lock is held; the current thread may be in it. The
/// time of the ending is filled in.
void end_domain(u32 domain, Slot::Ending ending);

}  // namespace hinge::nucleus
