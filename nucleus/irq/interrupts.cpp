#include "nucleus/irq/interrupts.hpp"

#include <array>

#include "nucleus/arch/x86_64/acpi.hpp"
#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/arch/x86_64/spinlock.hpp"
#include "nucleus/arch/x86_64/trap.hpp"
#include "nucleus/debug/panic.hpp"
#include "nucleus/irq/io_apic.hpp"

namespace hinge::nucleus {
namespace {

// Line n has vector first_device + n for good. Inputs of the I/O APICs come first and go to the boot CPU: they are rare.
// Messages come after them and go to the CPUs in turn.
constexpr u32 vectors = vector::last_device - vector::first_device + 1;
static_assert(max_lines <= vectors);
constexpr u32 input_cpu = 0;

struct Line {
  InterruptHandler handler = nullptr;
  void* context = nullptr;
  bool level = false;      ///< Masked at the I/O APIC; edges and messages only here, so that none gets lost.
  bool masked = true;
  bool waiting = false;    ///< One came while masked.
  bool message = false;    ///< Handed out by allocate_msi.
  u32 cpu = input_cpu;     ///< Where it goes.
};

constinit SpinLock lock{};
constinit std::array<Line, max_lines> lines HINGE_GUARDED_BY(lock){};
constinit u32 gsi_count = 0;
constinit u32 messages HINGE_GUARDED_BY(lock) = 0;

bool is_gsi(u32 line) { return line < gsi_count && io_apic_has(line); }

Route route_of(u32 gsi) {
  Route r{.vector = u8(vector::first_device + gsi), .destination = u8(cpu_by_id(input_cpu).apic_id),
          .active_low = gsi >= 16, .level = gsi >= 16, .nmi = false};
  for (IsaOverride const& o : acpi_info().overrides)
    if (o.gsi == gsi) r.active_low = o.active_low, r.level = o.level;
  return r;
}

Line* attached(u32 line) HINGE_REQUIRES(lock) {
  return line < max_lines && lines[line].handler != nullptr ? &lines[line] : nullptr;
}

Result<> set_mask(u32 line, bool masked) HINGE_REQUIRES(lock) {
  Line* const l = attached(line);
  if (l == nullptr) return fail(Error::not_found);
  if (l->masked == masked) return ok;
  l->masked = masked;
  if (l->level) io_apic_mask(line, masked);
  if (!masked && l->waiting) {
    l->waiting = false;
    send_vector(l->cpu, u8(vector::first_device + line));
  }
  return ok;
}

}  // namespace

Result<> attach(u32 line, InterruptHandler handler, void* context) {
  SpinGuard const guard{lock};
  if (attached(line) != nullptr) return fail(Error::busy);
  if (line < max_lines && lines[line].message) {
    lines[line] = {.handler = handler, .context = context, .message = true, .cpu = lines[line].cpu};
    return ok;
  }
  if (!is_gsi(line)) return fail(Error::invalid);
  Route const route = route_of(line);
  lines[line] = {.handler = handler, .context = context, .level = route.level};
  io_apic_route(line, route);
  if (!route.level) io_apic_mask(line, false);
  return ok;
}

Result<> detach(u32 line) {
  SpinGuard const guard{lock};
  if (attached(line) == nullptr) return fail(Error::not_found);
  if (is_gsi(line)) io_apic_mask(line, true);
  lines[line] = {.message = lines[line].message, .cpu = lines[line].cpu};
  return ok;
}

Result<> unmask(u32 line) {
  SpinGuard const guard{lock};
  return set_mask(line, false);
}

Result<> mask(u32 line) {
  SpinGuard const guard{lock};
  return set_mask(line, true);
}

Result<Msi> allocate_msi() {
  constexpr u64 message_base = 0xfee0'0000;  // Intel SDM vol. 3, 11.11.
  SpinGuard const guard{lock};
  u32 const n = gsi_count + messages;
  if (n >= max_lines) return fail(Error::no_space);
  lines[n] = {.message = true, .cpu = messages++ % cpu_count()};
  return Msi{message_base | u64{cpu_by_id(lines[n].cpu).apic_id} << 12, vector::first_device + n, n};
}

void interrupts_init() {
  gsi_count = io_apics_init();
  if (gsi_count > max_lines) panic("{} interrupt inputs are more than fit", gsi_count);
}

void device_interrupt(u8 v) {
  u32 const line = v - vector::first_device;
  InterruptHandler handler = nullptr;
  void* context = nullptr;
  {
    SpinGuard const guard{lock};
    if (Line* const l = attached(line); l != nullptr) {
      if (l->masked) {
        l->waiting = !l->level;
      } else {
        handler = l->handler;
        context = l->context;
        l->masked = true;
        if (l->level) io_apic_mask(line, true);
      }
    }
  }
  apic_end_of_interrupt();
  if (handler != nullptr) handler(context);
}

}  // namespace hinge::nucleus
