// The order in which the machine comes up, on the boot CPU: first what a panic needs, then memory, then hardware, then
// the other CPUs.
#include "nucleus/arch/x86_64/acpi.hpp"
#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/arch/x86_64/cpu_setup.hpp"
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/arch/x86_64/fpu.hpp"
#include "nucleus/arch/x86_64/paging.hpp"
#include "nucleus/boot/boot_info.hpp"
#include "nucleus/boot/early.hpp"
#include "nucleus/boot/smp.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/debug/watchdog.hpp"
#include "nucleus/hooks.hpp"
#include "nucleus/irq/interrupts.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {
namespace {

extern "C" [[noreturn]] void continue_on_stack(u64 top, void (*next)());

void log_machine() {
  Features const& f = features();
  log("boot: {} CPUs, {} MiB of memory, floating point {} bytes", cpu_count(), boot_info().ram_bytes >> 20, fpu_area_bytes());
  log("boot: smep {} smap {} umip {} fsgsbase {} xsave {} rdrand {} safe from meltdown {}", f.smep, f.smap, f.umip, f.fsgsbase,
      f.xsave, f.rdrand, f.meltdown_safe);
}

void boot_on_final_stack() {
  acpi_init(boot_info().rsdp);
  apic_init();
  apic_enable();
  cpu().apic_id = apic_id();
  interrupts_init();
  clock_init();
  timer_init();
  smp_start();
  watchdog_start();
  log_machine();
  nucleus_main();
}

}  // namespace

/// Entered from start.S on the start-up stack and tables.
extern "C" [[noreturn]] void boot_main(u64 start_info) {
  fill_interrupt_table();
  Cpu& c = cpu_prepare(0, 0);
  cpu_load(c);
  features_init();
  boot_info_init(PhysAddr{start_info});
  paging_init();
  cpu_enable();
  for (u32 i = 0; i < stacks_per_cpu; ++i) early_map_stack(i);
  cpu_give_stacks(c);
  continue_on_stack(c.stack_top, boot_on_final_stack);
}

}  // namespace hinge::nucleus
