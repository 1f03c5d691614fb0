#include "nucleus/arch/x86_64/trap.hpp"

#include "abi/layout.hpp"
#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/arch/x86_64/cpu.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/debug/panic.hpp"
#include "nucleus/debug/watchdog.hpp"
#include "nucleus/hooks.hpp"
#include "nucleus/irq/interrupts.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {

extern "C" u64 const trap_stubs[256];

namespace {

struct Gate {  // Intel SDM vol. 3, 6.14.1
  u64 low, high;

  static constexpr Gate interrupt(u64 to, Ist stack, u8 ring) {
    u64 const type = 0x8e | ring << 5;
    return {(to & 0xffff) | kernel_cs << 16 | u64{u8(stack)} << 32 | type << 40 | (to >> 16 & 0xffff) << 48, to >> 32};
  }
};
static_assert(sizeof(Gate) == 16);

[[gnu::section(".sealed")]] alignas(4096) constinit Gate interrupt_table[256]{};

constexpr Ist stack_of(u32 v) {
  if (v == vector::nmi) return Ist::nmi;
  if (v == vector::double_fault) return Ist::double_fault;
  return v == vector::machine_check ? Ist::machine_check : Ist::none;
}

struct Fixup { u64 fault, landing; };
extern "C" Fixup const fixups_begin[], fixups_end[];

constexpr char const* names[] = {
    "divide error", "debug", "non-maskable interrupt", "breakpoint", "overflow", "bound range", "undefined opcode",
    "no floating point", "double fault", "coprocessor overrun", "invalid TSS", "segment not present", "stack fault",
    "general protection", "page fault", "reserved", "x87 error", "alignment check", "machine check", "SIMD error"};

/// A push onto the guard page faults, and so does the processor's own push for that fault.
bool in_guard_page(u64 address) {
  u64 const offset = address - layout::kernel_stacks;
  return offset < layout::entry_bytes && offset % layout::kernel_stack_stride < layout::kernel_stack_stride - layout::kernel_stack_bytes;
}

[[noreturn]] void fatal(TrapFrame const& frame, u8 v) {
  char text[96];
  char const* name = v < sizeof names / sizeof *names ? names[v] : "exception";
  if (v == vector::double_fault && in_guard_page(read_cr2())) name = "kernel stack overflow";
  panic_at(frame, v == vector::page_fault ? format_to(text, "{} at {x}, error {x}", name, read_cr2(), frame.vector_error)
                                          : format_to(text, "{} ({}), error {x}", name, v, frame.vector_error));
}

void exception(TrapFrame& frame, u8 v) {
  if (v == vector::nmi) return non_maskable_interrupt(frame);
  if (v == vector::double_fault || v == vector::machine_check) fatal(frame, v);
  u64 const address = v == vector::page_fault ? read_cr2() : 0;
  if (!frame.from_user())
    if (u64 const landing = fixup_for(frame.rip); landing != 0) {
      if (v != vector::page_fault || !on_guarded_fault(frame, address)) frame.rip = landing;
      return;
    }
  bool const served = v == vector::page_fault ? on_page_fault(frame, address) : on_user_exception(frame, v);
  if (!served) fatal(frame, v);
}

void interrupt(TrapFrame const& frame, u8 v) {
  if (v >= vector::first_device && v <= vector::last_device) return device_interrupt(v);
  if (v == vector::spurious) return;  // Not to be acknowledged: Intel SDM vol. 3, 11.9.
  apic_end_of_interrupt();
  if (v == vector::timer) timer_interrupt(frame.from_user());
  else if (v == vector::reschedule) on_reschedule_ipi();
  else if (v == vector::shootdown) on_shootdown_ipi();
}

}  // namespace

u64 fixup_for(u64 ip) {
  for (Fixup const* f = fixups_begin; f != fixups_end; ++f)
    if (f->fault == ip) return f->landing;
  return 0;
}

void load_interrupt_table() {
  TableRegister const where{sizeof interrupt_table - 1, reinterpret_cast<u64>(interrupt_table)};
  asm volatile("lidt %0" : : "m"(where));
}

void fill_interrupt_table() {
  for (u32 v = 0; v < 256; ++v) {
    bool const by_program = v == vector::breakpoint || v == vector::overflow;
    interrupt_table[v] = Gate::interrupt(trap_stubs[v], stack_of(v), by_program ? 3 : 0);
  }
}

extern "C" void trap(TrapFrame& frame, u8 v) {
  if (v < vector::first_interrupt) exception(frame, v);
  else interrupt(frame, v);
  bool const preemptible = !frame.from_user() && (frame.rflags & rflags::interrupts) != 0 && v >= vector::first_interrupt;
  if (preemptible && cpu().pending != 0) before_kernel(frame);
}

extern "C" void trap_before_user(TrapFrame& frame) { before_user(frame); }

}  // namespace hinge::nucleus
