#include "nucleus/arch/x86_64/cpu.hpp"

#include <initializer_list>

#include "abi/layout.hpp"
#include "nucleus/arch/x86_64/cpu_setup.hpp"
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/arch/x86_64/fpu.hpp"
#include "nucleus/arch/x86_64/trap.hpp"

namespace hinge::nucleus {
namespace {

constinit Cpu cpus[max_cpus]{};
constinit u32 online_cpus = 1;

// Code and data segments for 64-bit mode (Intel SDM vol. 3, 3.4.5): base and limit are ignored there.
constexpr u64 kernel_code = 0x00af'9b00'0000'ffff, kernel_data = 0x00cf'9300'0000'ffff;
constexpr u64 user_code = 0x00af'fb00'0000'ffff, user_data = 0x00cf'f300'0000'ffff;
constexpr u64 cpu_number = 0x0000'f100'0000'0000;  ///< To read only, for ring 3; its limit is the number.

/// The two words of a descriptor for an available 64-bit TSS (Intel SDM vol. 3, 8.2.3).
void describe_tss(u64* to, Tss const& tss) {
  u64 const base = reinterpret_cast<u64>(&tss);
  to[0] = (sizeof(Tss) - 1) | (base & 0xff'ffff) << 16 | u64{0x89} << 40 | (base >> 24 & 0xff) << 56;
  to[1] = base >> 32;
}

void load_segments(Gdt const& gdt) {
  TableRegister const where{sizeof(Gdt) - 1, reinterpret_cast<u64>(&gdt)};
  asm volatile(
      "lgdt %[where]\n"
      "pushq %[cs]\n"
      "leaq 1f(%%rip), %%rax\n"
      "pushq %%rax\n"
      "lretq\n"
      "1: mov %[ss], %%eax\n"
      "mov %%eax, %%ss\n"
      "xor %%eax, %%eax\n"
      "mov %%eax, %%ds\n"
      "mov %%eax, %%es\n"
      "mov %%eax, %%fs\n"
      "mov %%eax, %%gs\n"
      "ltr %[tss]\n"
      :
      : [where] "m"(where), [cs] "i"(kernel_cs), [ss] "i"(kernel_ss), [tss] "r"(u16{tss_selector})
      : "rax", "memory");
}

}  // namespace

u32 cpu_count() { return online_cpus; }
Cpu& cpu_by_id(u32 id) { return cpus[id]; }
void cpu_came_up() { ++online_cpus; }
u64 kernel_stack_top(u32 number) { return layout::kernel_stacks + (u64{number} + 1) * layout::kernel_stack_stride; }

Cpu& cpu_prepare(u32 id, u32 apic) {
  Cpu& c = cpus[id];
  c.self = &c;
  c.id = id;
  c.apic_id = apic;
  c.timer_deadline_ns = c.timer_armed_ns = no_deadline;
  c.gdt = {};
  c.gdt.entries[kernel_cs / 8] = kernel_code;
  c.gdt.entries[kernel_ss / 8] = kernel_data;
  c.gdt.entries[user_ss / 8] = user_data;
  c.gdt.entries[user_cs / 8] = user_code;
  c.gdt.entries[cpu_number_selector / 8] = cpu_number | id;
  describe_tss(&c.gdt.entries[tss_selector / 8], c.tss);
  c.tss.set_no_io_bitmap();
  return c;
}

void cpu_give_stacks(Cpu& c) {
  u32 const first = c.id * stacks_per_cpu;
  c.stack_top = kernel_stack_top(first);
  c.tss.set_rsp0(c.stack_top);
  for (Ist which : {Ist::nmi, Ist::double_fault, Ist::machine_check}) {
    // The stub finds the Cpu in the last word (trap_entry.S); the frame begins 16 bytes below the top.
    u64 const top = kernel_stack_top(first + u32(which));
    *reinterpret_cast<Cpu**>(top - 8) = &c;
    c.tss.set_ist(which, top - 16);
  }
}

void cpu_load(Cpu& c) {
  load_segments(c.gdt);
  write_msr(msr::gs_base, reinterpret_cast<u64>(&c));
  write_msr(msr::kernel_gs_base, 0);
  load_interrupt_table();
}

void cpu_enable() {
  features_enable();
  fpu_enable();
  write_msr(msr::star, sysret_base << 48 | kernel_cs << 32);
  write_msr(msr::fmask, rflags::trap | rflags::interrupts | rflags::direction | rflags::nested | rflags::alignment);
  cpu().root = read_cr3();
}

}  // namespace hinge::nucleus
