// Hangs: a call that stays in a user-side slot for longer than the slot's hang limit ends that domain.
//
// CPU 0 looks at every thread ten times a second, a few at a time, and adds the time gone by to the count of the activation
// it is on, whether it runs, is preempted or waits. What its callees take is theirs; a thread parked without a stack is in no
// slot. The count ends with the call by the store that ends it anyway. So a limit holds to about a tenth of a second, and a
// machine that stood still for a while has nobody punished for it.
#pragma once

#include "nucleus/arch/x86_64/trap.hpp"
#include "nucleus/sched/sched.hpp"

namespace hinge::nucleus {

/// At CPU 0's timer. Returns when it wants to be called again. May end a domain. No lock is held.
u64 look_for_hangs(u64 now_ns);
/// flag_hang of the current thread, on its way to ring 3: does not return when its call is beyond the limit.
void end_if_hung(TrapFrame const& frame);

}  // namespace hinge::nucleus
