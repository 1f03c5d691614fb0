// The way to ring 3 and back, tried with a few instructions of user code.
#pragma once

#include "nucleus/arch/x86_64/trap.hpp"

namespace hinge::nucleus {

/// Runs user code with AC set and a GS base that points into the kernel, through a timer interrupt and whatever NMIs
/// come; then user code that reads kernel memory. Panics when something is not as it should be.
void check_user_mode();

/// The hooks' part; bottom.cpp calls them.
bool user_exception(TrapFrame& frame, u8 vector);
void note_timer_in_user_mode();
void user_work(TrapFrame& frame);

}  // namespace hinge::nucleus
