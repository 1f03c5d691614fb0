#include "nucleus/boot/smp.hpp"

#include "base/memory.hpp"
#include "nucleus/arch/x86_64/acpi.hpp"
#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/arch/x86_64/cpu_setup.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/arch/x86_64/paging.hpp"
#include "nucleus/boot/boot_info.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/hooks.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {
namespace {

/// Where the trampoline is copied to; firmware memory below 1 MiB that nobody else uses once the nucleus runs.
constexpr PhysAddr trampoline_page{0x8000};

/// The words at trampoline_parameters in start.S.
struct TrampolineParameters {
  u64 root, stack;
  Cpu* cpu;
  u32 boot_root;
  u32 entry;                      ///< Offset of the 64-bit part within the page, becomes its linear address.
  u16 code_segment, gdt_limit;
  u32 gdt;                        ///< The same for the descriptor table.
};

extern "C" char const trampoline_begin[], trampoline_end[], trampoline_parameters[];

constinit u32 released = 0;

TrampolineParameters& copy_trampoline() {
  auto* const page = direct<char>(trampoline_page);
  memory::copy(page, trampoline_begin, usize(trampoline_end - trampoline_begin));
  auto& p = *reinterpret_cast<TrampolineParameters*>(page + (trampoline_parameters - trampoline_begin));
  p.entry += u32(trampoline_page.raw());
  p.gdt += u32(trampoline_page.raw());
  p.root = boot_info().root.raw();
  return p;
}

bool came_up(Cpu& c, u64 within_ns) {
  for (u64 const end = now_ns() + within_ns; now_ns() < end; pause())
    if (__atomic_load_n(&c.online, __ATOMIC_ACQUIRE) != 0) return true;
  return false;
}

/// INIT and up to two SIPIs (Intel SDM vol. 3, 9.4.4.1).
bool start(Cpu& c) {
  send_init(c.apic_id);
  spin_ns(10'000'000);
  for (u64 patience_ns : {u64{100'000'000}, u64{2'000'000'000}}) {
    send_startup(c.apic_id, u8(trampoline_page.raw() >> page_shift));
    if (came_up(c, patience_ns)) return true;
  }
  return false;
}

}  // namespace

void smp_start() {
  TrampolineParameters& p = copy_trampoline();
  for (u32 apic : acpi_info().cpus) {
    if (apic == cpu().apic_id) continue;
    Cpu& c = cpu_prepare(cpu_count(), apic);
    for (u32 i = 0; i < stacks_per_cpu; ++i) early_map_stack(c.id * stacks_per_cpu + i);
    cpu_give_stacks(c);
    p.stack = c.stack_top;
    p.cpu = &c;
    if (start(c)) cpu_came_up();
    else return log("smp: CPU with APIC identity {} does not start; it and those behind it stay off", apic);
  }
}

void release_cpus() { __atomic_store_n(&released, 1, __ATOMIC_RELEASE); }

/// Entered from start.S on the CPU's own stack and the final page tables.
extern "C" [[noreturn]] void ap_main(Cpu& c) {
  cpu_load(c);
  cpu_enable();
  apic_enable();
  timer_init();
  __atomic_store_n(&c.online, 1, __ATOMIC_RELEASE);  // Pairs with the acquire in came_up.
  while (__atomic_load_n(&released, __ATOMIC_ACQUIRE) == 0) {
    enable_interrupts();
    pause();
    disable_interrupts();
  }
  nucleus_main_ap();
}

}  // namespace hinge::nucleus
