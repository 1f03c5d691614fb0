// The bottom of the nucleus alone, as a bootable image: hooks of its own, and a nucleus_main that tries what boot, arch,
// time, irq and debug promise. Ends through QEMU's exit port: 0 (status 1) when all held; a failed check panics. The
// command line picks an ending instead: panic, lockup, overflow. Run by tests/nucleus/bottom.py.
#include <atomic>

#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/arch/x86_64/cpu.hpp"
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/arch/x86_64/fpu.hpp"
#include "nucleus/arch/x86_64/paging.hpp"
#include "nucleus/boot/boot_info.hpp"
#include "nucleus/boot/smp.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/debug/panic.hpp"
#include "nucleus/debug/symbols.hpp"
#include "nucleus/hooks.hpp"
#include "nucleus/irq/interrupts.hpp"
#include "nucleus/time/clock.hpp"
#include "tests/nucleus/user_mode.hpp"

namespace hinge::nucleus {
namespace {

constinit std::atomic<bool> in_user_mode{false};
constinit std::atomic<u32> to_lock_up{~u32{0}};  ///< The CPU that is to spin with interrupts off.
constinit std::atomic<u32> timers{0}, reschedules{0}, shootdowns{0}, hellos{0}, device_interrupts{0};

void check(bool holds, char const* what) {
  if (!holds) panic("check failed: {}", what);
}

template <class F>
void wait_for(F done, char const* what) {
  for (u64 const end = now_ns() + 5'000'000'000; !done();) {
    if (now_ns() > end) panic("check failed: {} within 5 s", what);
    wait_for_interrupt();
  }
}

/// True when reading there faults.
bool read_faults(u64 address) {
  u64 result = 1;
  asm volatile("1: movb (%1), %%al\n"
               "movl $0, %k0\n"
               "2:\n" HINGE_FIXUP("1b", "2b")
               : "+r"(result) : "r"(address) : "rax", "memory");
  return result != 0;
}
bool write_faults(u64 address) {
  u64 result = 1;
  asm volatile("1: lock orb $0, (%1)\n"
               "movl $0, %k0\n"
               "2:\n" HINGE_FIXUP("1b", "2b")
               : "+r"(result) : "r"(address) : "memory");
  return result != 0;
}

void check_memory_protection() {
  auto const text = reinterpret_cast<u64>(&read_faults);
  check(read_faults(0x1000), "nothing is left of the identity mapping");
  check(read_faults(0x10'0000), "the start-up code is gone");
  check(!read_faults(text), "text can be read");
  check(write_faults(text), "text cannot be written");
  check(write_faults(reinterpret_cast<u64>(&features())), "sealed data cannot be written");
  check(!write_faults(reinterpret_cast<u64>(&timers)), "data can be written");
  check(!write_faults(cpu().stack_top - layout::kernel_stack_bytes), "the stack can be written");
  check(read_faults(cpu().stack_top - layout::kernel_stack_bytes - 8), "below the stack is a guard page");
  for (PhysRange const& r : boot_info().free) {
    check(!write_faults(reinterpret_cast<u64>(direct(r.begin))), "free memory is in the direct map");
    check(!write_faults(reinterpret_cast<u64>(direct(r.end)) - 1), "free memory is in the direct map to its end");
  }
}

void check_time() {
  u64 const begin = now_ns();
  spin_ns(3'000'000);
  check(now_ns() - begin >= 3'000'000, "spinning takes its time");
  check(wall_ns() > u64{1'700'000'000} * 1'000'000'000, "the wall clock runs");
  u64 const armed = now_ns();
  arm_timer(armed + 20'000'000);
  wait_for([] { return timers.load() == 1; }, "a timer interrupt");
  check(now_ns() - armed >= 20'000'000, "the timer is not early");
  log("timer was {} us late", (now_ns() - armed - 20'000'000) / 1000);
}

void check_floating_point() {
  alignas(64) u8 area[512 + 64 + 256 + 128];
  if (fpu_area_bytes() > sizeof area) return log("floating-point area of {} bytes not tried", fpu_area_bytes());
  fpu_init(area);
  check(fpu_valid(area), "a fresh area is valid");
  fpu_restore(area);
  fpu_save(area);
  check(fpu_valid(area), "a saved area is valid");
  area[27] = 0xff;  // Reserved bits of MXCSR.
  check(!fpu_valid(area), "reserved bits are found");
}

void check_interrupts() {
  auto count = [](void*) { ++device_interrupts; };
  Result<Msi> const msi = allocate_msi();
  check(bool(msi) && bool(attach(msi->line, count, nullptr)), "a message");
  auto raise = [&] { send_vector(0, u8(msi->data)); };
  raise();
  spin_ns(1'000'000);
  check(device_interrupts == 0, "a line is masked at first");
  check(bool(unmask(msi->line)), "unmask");
  wait_for([] { return device_interrupts == 1; }, "the interrupt that waited");
  check(bool(detach(msi->line)) && !unmask(msi->line), "detach");
  check(bool(attach(4, count, nullptr)) && !attach(4, count, nullptr), "a line has one owner");
  check(!attach(1000, count, nullptr), "no such line");
}

void check_symbols() {
  Symbol const s = find_symbol(reinterpret_cast<u64>(&panic_with));
  log("symbol: {} {}+{x}", s.image, s.name(), s.offset);
  check(s.name() == "hinge::nucleus::panic_with" && s.offset == 0, "the nucleus' symbols");
}

void check_other_cpus() {
  release_cpus();
  wait_for([] { return hellos == cpu_count() - 1; }, "hello from all CPUs");
  for (u32 i = 1; i < cpu_count(); ++i) {
    send_reschedule(i);
    send_shootdown(i);
  }
  wait_for([] { return reschedules == cpu_count() - 1 && shootdowns == cpu_count() - 1; }, "all interprocessor interrupts");
  wait_for([] { return timers == cpu_count(); }, "all CPUs' timers");
}

/// Some hit the boot CPU in user mode. Fewer in all than a lock-up needs.
void send_nmis() {
  while (!in_user_mode) wait_for_interrupt();
  for (int i = 0; in_user_mode && i < 15; ++i) {
    send_nmi_to_others();
    spin_ns(2'000'000);
  }
}

[[gnu::noinline]] u64 overflow_stack(u64 depth) {
  u64 volatile some[64];
  some[depth % 64] = depth;
  return depth == 0 ? 0 : overflow_stack(depth + 1) + some[0];
}

}  // namespace

bool on_guarded_fault(TrapFrame&, u64) { return false; }
bool on_page_fault(TrapFrame& frame, u64) { return user_exception(frame, vector::page_fault); }
bool on_user_exception(TrapFrame& frame, u8 vector) { return user_exception(frame, vector); }
void on_timer(bool) {
  ++timers;
  if (in_user_mode) note_timer_in_user_mode();
}
void on_reschedule_ipi() { ++reschedules; }
void on_shootdown_ipi() { ++shootdowns; }
void before_user(TrapFrame& frame) { user_work(frame); }
void before_kernel(TrapFrame&) {}
std::string_view describe_current(std::span<char> to) { return format_to(to, "the test of the bottom"); }

void nucleus_main() {
  auto const how = boot_info().command_line;
  log("hello from CPU {} of {}; command line: {}", whole_cpu().id, cpu_count(), how);
  for (PhysRange const& r : boot_info().free) log("free {x}-{x}", r.begin, r.end);
  log("initrd {x}-{x}", boot_info().initrd.begin, boot_info().initrd.end);
  check_memory_protection();
  check_time();
  check_floating_point();
  check_interrupts();
  check_symbols();
  check_other_cpus();
  in_user_mode = true;
  if (cpu_count() > 1) send_reschedule(1);
  check_user_mode();
  in_user_mode = false;
  if (how == "panic") panic("asked for");
  if (how == "overflow") log("{}", overflow_stack(1));
  if (how == "lockup") {
    to_lock_up = cpu_count() - 1;
    for (;;) to_lock_up == 0 ? pause() : wait_for_interrupt();
  }
  log("all checks held");
  out8(exit_port, 0);
  for (;;) halt();
}

void nucleus_main_ap() {
  log("hello from CPU {}", whole_cpu().id);
  check_memory_protection();
  ++hellos;
  arm_timer(now_ns() + 1'000'000);
  if (cpu().id == 1) send_nmis();
  for (;;) to_lock_up == cpu().id ? pause() : wait_for_interrupt();
}

}  // namespace hinge::nucleus
