// What the bottom of the nucleus (boot, arch, time, irq) calls upwards. Each is defined once, by the room named beside
// it. All run with interrupts off on the current kernel stack; the interrupt has been acknowledged already, so a hook
// may switch to another thread and return much later, on another CPU.
#pragma once

#include <span>
#include <string_view>

#include "nucleus/arch/x86_64/trap.hpp"

namespace hinge::nucleus {

/// A page fault of a nucleus copy, which has a fix-up entry. true: served, retry; false: the copy ends there.
bool on_guarded_fault(TrapFrame& frame, u64 address);

/// A page fault without fix-up entry. true: served, retry the instruction. false: a bug; the machine panics.
/// From ring 3 it must return true (the thread may have been ended or its frame changed).
bool on_page_fault(TrapFrame& frame, u64 address);

/// Any other exception from ring 3, and in ring 0 one that has no fix-up entry. As above.
bool on_user_exception(TrapFrame& frame, u8 vector);

/// The deadline given to arm_timer has passed; the timer is disarmed. `in_user`: it interrupted ring 3.
void on_timer(bool in_user);
/// Another CPU called send_reschedule to this one.
void on_reschedule_ipi();
/// Another CPU called send_shootdown to this one.
void on_shootdown_ipi();

/// Before each IRETQ to ring 3 while cpu().pending is not 0. It must clear the bits it has served.
void before_user(TrapFrame& frame);
/// The same after an interrupt that came while ring-0 code ran with interrupts on: the place for preemption.
void before_kernel(TrapFrame& frame);

/// Who runs on this CPU, for panics and reports: thread, service, domain, written into `to`. Any state, even from an
/// NMI: must not lock, fault or trust much.
std::string_view describe_current(std::span<char> to);

/// The boot CPU, once everything below is up: memory map taken, direct map, traps, timer, interrupts, all CPUs parked.
[[noreturn]] void nucleus_main();
/// Every other CPU, after release_cpus() by the boot CPU.
[[noreturn]] void nucleus_main_ap();

}  // namespace hinge::nucleus
