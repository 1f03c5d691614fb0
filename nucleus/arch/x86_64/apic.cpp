#include "nucleus/arch/x86_64/apic.hpp"

#include "nucleus/arch/x86_64/acpi.hpp"
#include "nucleus/arch/x86_64/cpu.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/arch/x86_64/paging.hpp"
#include "nucleus/arch/x86_64/trap.hpp"

namespace hinge::nucleus {
namespace {

// Register offsets (Intel SDM vol. 3, table 11-1).
enum class Register : u32 {
  id = 0x20, end_of_interrupt = 0xb0, spurious = 0xf0, command_low = 0x300, command_high = 0x310,
  timer = 0x320, line0 = 0x350, line1 = 0x360, error = 0x370, initial_count = 0x380, current_count = 0x390, divide = 0x3e0
};
constexpr u32 masked = 1 << 16, software_enable = 1 << 8, divide_by_1 = 0xb;
// Interrupt command register (11.6.1).
constexpr u32 deliver_nmi = 4 << 8, deliver_init = 5 << 8, deliver_startup = 6 << 8;
constexpr u32 pending = 1 << 12, assert_level = 1 << 14, all_but_self = 3 << 18;

constinit u32 volatile* registers = nullptr;

u32 read(Register r) { return registers[u32(r) / 4]; }
void write(Register r, u32 value) { registers[u32(r) / 4] = value; }

void command(u32 destination, u32 what) {
  while ((read(Register::command_low) & pending) != 0) pause();
  write(Register::command_high, destination << 24);
  write(Register::command_low, what);
}

/// The two 8259s: remapped out of the exceptions' way, then everything masked.
void quiet_8259() {
  constexpr u16 master = 0x20, slave = 0xa0;
  for (u16 chip : {master, slave}) {
    out8(chip, 0x11);
    out8(chip + 1, chip == master ? 0x20 : 0x28);
    out8(chip + 1, chip == master ? 4 : 2);
    out8(chip + 1, 1);
    out8(chip + 1, 0xff);
  }
}

}  // namespace

void apic_init() {
  registers = static_cast<u32 volatile*>(map_device(acpi_info().local_apic, page_bytes));
  quiet_8259();
}

void apic_enable() {
  constexpr u64 globally_enabled = 1 << 11;
  write_msr(msr::apic_base, read_msr(msr::apic_base) | globally_enabled);
  write(Register::spurious, software_enable | vector::spurious);
  for (Register r : {Register::line0, Register::line1, Register::error}) write(r, masked);
  write(Register::divide, divide_by_1);
  write(Register::timer, masked | vector::timer);
}

u32 apic_id() { return read(Register::id) >> 24; }
void apic_end_of_interrupt() { write(Register::end_of_interrupt, 0); }

void send_vector(u32 cpu, u8 v) { command(cpu_by_id(cpu).apic_id, assert_level | v); }
void send_reschedule(u32 cpu) { send_vector(cpu, vector::reschedule); }
void send_shootdown(u32 cpu) { send_vector(cpu, vector::shootdown); }
void send_nmi_to_others() { command(0, all_but_self | assert_level | deliver_nmi); }
void send_init(u32 apic) { command(apic, assert_level | deliver_init); }
void send_startup(u32 apic, u8 page) { command(apic, assert_level | deliver_startup | page); }

void apic_timer_start(u32 count) { write(Register::initial_count, count); }
u32 apic_timer_left() { return read(Register::current_count); }
void apic_timer_mask(bool mask) { write(Register::timer, (mask ? masked : 0) | vector::timer); }

}  // namespace hinge::nucleus
