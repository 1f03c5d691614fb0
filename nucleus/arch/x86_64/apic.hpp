// The local APIC (Intel SDM vol. 3, chapter 11) in its memory-mapped form: acknowledgement, inter-processor interrupts,
// the timer's registers.
#pragma once

#include "base/types.hpp"

namespace hinge::nucleus {

/// Boot CPU: maps the registers, quiets the 8259s. Then on each CPU: enables its own.
void apic_init();
void apic_enable();
/// This CPU's identity on the interrupt bus.
u32 apic_id();
void apic_end_of_interrupt();

/// To the CPU with this index (Cpu::id). The hooks on_reschedule_ipi / on_shootdown_ipi run there.
void send_reschedule(u32 cpu);
void send_shootdown(u32 cpu);
/// A fixed vector to one CPU.
void send_vector(u32 cpu, u8 vector);
/// NMI to all CPUs but this one.
void send_nmi_to_others();

/// For bringing up CPU `apic`: INIT, and SIPI to a page below 1 MiB.
void send_init(u32 apic);
void send_startup(u32 apic, u8 page);

/// The timer counts down from `count` once at the bus clock and raises vector::timer; 0 stops it.
void apic_timer_start(u32 count);
u32 apic_timer_left();
/// Masks the timer's interrupt for calibration.
void apic_timer_mask(bool masked);

}  // namespace hinge::nucleus
