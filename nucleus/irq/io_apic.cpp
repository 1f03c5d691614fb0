#include "nucleus/irq/io_apic.hpp"

#include <array>

#include "nucleus/arch/x86_64/acpi.hpp"
#include "nucleus/arch/x86_64/paging.hpp"
#include "nucleus/debug/panic.hpp"

namespace hinge::nucleus {
namespace {

// Register numbers, and bits of the lower redirection word (data sheet, 3.2).
constexpr u32 version = 1, first_redirection = 0x10;
constexpr u32 deliver_nmi = 4 << 8, active_low = 1 << 13, level = 1 << 15, masked = 1 << 16;

struct IoApic {
  u32 volatile* registers = nullptr;
  u32 first_gsi = 0, inputs = 0;

  [[nodiscard]] u32 read(u32 which) const {
    registers[0] = which;
    return registers[4];
  }
  void write(u32 which, u32 value) const {
    registers[0] = which;
    registers[4] = value;
  }
};
constinit std::array<IoApic, 8> chips{};

IoApic const* chip_of(u32 gsi) {
  for (IoApic const& c : chips)
    if (gsi >= c.first_gsi && gsi - c.first_gsi < c.inputs) return &c;
  return nullptr;
}

constexpr u32 redirection(IoApic const& c, u32 gsi) { return first_redirection + 2 * (gsi - c.first_gsi); }

}  // namespace

u32 io_apics_init() {
  u32 end = 0;
  auto const entries = acpi_info().io_apics;
  for (usize i = 0; i < entries.size(); ++i) {
    IoApic& c = chips[i];
    c.registers = static_cast<u32 volatile*>(map_device(entries[i].registers, 32));
    if (c.registers == nullptr) panic("no room to map the I/O APICs");
    c.first_gsi = entries[i].first_gsi;
    c.inputs = (c.read(version) >> 16 & 0xff) + 1;
    for (u32 n = 0; n < c.inputs; ++n) c.write(first_redirection + 2 * n, masked);
    if (c.first_gsi + c.inputs > end) end = c.first_gsi + c.inputs;
  }
  return end;
}

bool io_apic_has(u32 gsi) { return chip_of(gsi) != nullptr; }

void io_apic_route(u32 gsi, Route const& r) {
  IoApic const& c = *chip_of(gsi);
  u32 const low = r.vector | (r.nmi ? deliver_nmi : 0) | (r.active_low ? active_low : 0) | (r.level ? level : 0) | masked;
  c.write(redirection(c, gsi) + 1, u32{r.destination} << 24);
  c.write(redirection(c, gsi), low);
}

void io_apic_mask(u32 gsi, bool mask) {
  IoApic const& c = *chip_of(gsi);
  u32 const low = c.read(redirection(c, gsi));
  c.write(redirection(c, gsi), mask ? low | masked : low & ~masked);
}

}  // namespace hinge::nucleus
