#include "nucleus/debug/panic.hpp"

#include <atomic>

#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/arch/x86_64/cpu.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/arch/x86_64/spinlock.hpp"
#include "nucleus/debug/backtrace.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/debug/stop.hpp"
#include "nucleus/hooks.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {
namespace {

constinit std::atomic<u32> panicking{0};  ///< Id plus 1 of the CPU that reports. Set once; orders nothing else.
constinit std::atomic<u32> reporting{0};  ///< Turn of the stopped CPUs: a simple lock that is never missed if left held.

[[noreturn]] void end_machine() {
  out8(exit_port, exit_panic);
  for (;;) halt();
}

/// One panic is reported; a second one inside of it ends the machine, one on another CPU waits to be stopped.
void begin_panic() {
  disable_interrupts();
  u32 nobody = 0;
  if (panicking.compare_exchange_strong(nobody, cpu().id + 1)) return;
  if (nobody != cpu().id + 1) for (;;) pause();
  log("panic inside of a panic");
  end_machine();
}

void report(std::string_view text) {
  char who[96];
  log("PANIC on CPU {}: {}", whole_cpu().id, text);
  log("  while running {}", describe_current(who));
}

void log_registers(TrapFrame const& f) {
  log("  rip {016x} rsp {016x} flags {x} cs {x}", f.rip, f.rsp, f.rflags, f.cs);
  log("  rax {016x} rbx {016x} rcx {016x} rdx {016x}", f.rax, f.rbx, f.rcx, f.rdx);
  log("  rsi {016x} rdi {016x} rbp {016x} r8  {016x}", f.rsi, f.rdi, f.rbp, f.r8);
  log("  r9  {016x} r10 {016x} r11 {016x} r12 {016x}", f.r9, f.r10, f.r11, f.r12);
  log("  r13 {016x} r14 {016x} r15 {016x} cr2 {016x} cr3 {x}", f.r13, f.r14, f.r15, read_cr2(), read_cr3());
}

[[noreturn]] void stop_the_others() {
  constexpr int patience_ms = 1000;
  if (cpu_count() > 1) send_nmi_to_others();
  for (u32 i = 0; i < cpu_count(); ++i) {
    if (i == cpu().id) continue;
    for (int ms = 0; ms < patience_ms && __atomic_load_n(&cpu_by_id(i).halted, __ATOMIC_ACQUIRE) == 0; ++ms) spin_ns(1'000'000);
    if (cpu_by_id(i).halted == 0) log("CPU {} does not even answer an NMI", i);
  }
  end_machine();
}

}  // namespace

bool panic_in_progress() { return panicking.load(std::memory_order_relaxed) != 0; }

bool panic_stops_us() {
  u32 const who = panicking.load(std::memory_order_relaxed);
  return who != 0 && who != cpu().id + 1;
}

void stop_for_panic(TrapFrame const& frame) {
  constexpr int patience = 100'000'000;
  u32 free = 0;
  for (int i = 0; i < patience && !reporting.compare_exchange_strong(free, 1); ++i, free = 0) pause();
  char who[96];
  log("CPU {} stopped, running {}{}", whole_cpu().id, describe_current(who), frame.from_user() ? ", in user mode" : "");
  if (!frame.from_user()) log_backtrace(frame.rip, frame.rbp);
  reporting.store(0);
  __atomic_store_n(&cpu().halted, 1, __ATOMIC_RELEASE);  // Pairs with the acquire in stop_the_others.
  for (;;) halt();
}

void panic_with(std::string_view text) {
  begin_panic();
  report(text);
  auto const frame = reinterpret_cast<u64>(__builtin_frame_address(0));
  backtrace(frame, kernel_stack_reader, backtrace_to_log);
  stop_the_others();
}

void panic_at(TrapFrame const& frame, std::string_view text) {
  begin_panic();
  report(text);
  log_registers(frame);
  if (!frame.from_user()) log_backtrace(frame.rip, frame.rbp);
  stop_the_others();
}

void spinlock_misuse(char const* what) { panic("spin lock {}", what); }

}  // namespace hinge::nucleus
