// The power switch: ACPI's sleep control register, found through the chipset's power management base; and the reset
// control register at port 0xcf9 (Intel ICH9 datasheet, 13.7.5).
#include "services/platform/service.hpp"

namespace hinge::platform {
namespace {

/// A chipset whose power management we know: where its base address stands in configuration.
struct Chipset {
  u16 vendor, device;
  u32 base_offset;             ///< Configuration register with the base in bits 15 to 6 or 7.
  u32 sleep_off;               ///< SLP_TYP for S5 on the real chip.
};
constexpr Chipset chipsets[] = {
    {0x8086, 0x2918, 0x40, 7},  // ICH9 LPC bridge: q35 (datasheet 13.1.13, 13.8.3.3)
    {0x8086, 0x7113, 0x40, 0},  // PIIX4 power management: i440fx
};
constexpr u16 emulator_subsystem = 0x1af4;  // QEMU's boards want SLP_TYP 0, as their _S5 says.

// PM1 control (ACPI 6.4, 4.8.3.2.1).
constexpr u16 pm1_control = 4;
constexpr u32 sleep_type_shift = 10, sleep_type_mask = 7u << sleep_type_shift, sleep_enable = 1u << 13;

constexpr u16 reset_control = 0xcf9;
constexpr u8 reset_system = 0x02, reset_now = 0x04;

/// The machine goes down a moment after the register was written; whoever is still here after a second was not heard.
Error not_heard() {
  static u32 const never = 0;
  u64 const deadline = host::clock() + 1'000'000'000;
  while (host::clock() < deadline) (void)host::word_wait(&never, 0, deadline);
  return Error::io;
}

}  // namespace

Result<> Service::power_off() {
  for (u32 i = 0; i < count_; ++i) {
    Platform::Device const& d = devices_[i];
    for (Chipset const& c : chipsets) {
      if (c.vendor != d.vendor || c.device != d.device || power_ports == no_handle) continue;
      Guard guard{lock_};
      u16 const base = u16(pci_.read(PciAddress{d.address}, c.base_offset, 4) & 0xffc0);
      if (base == 0) continue;
      u64 const old = TRY(host::port_read(power_ports, u16(base + pm1_control), 2));
      u32 const type = d.subsystem_vendor == emulator_subsystem ? 0 : c.sleep_off;
      TRY(host::port_write(power_ports, u16(base + pm1_control), 2,
                           (u32(old) & ~sleep_type_mask) | type << sleep_type_shift | sleep_enable));
      return fail(not_heard());
    }
  }
  return fail(Error::not_supported);
}

Result<> Service::reset() {
  if (pci_ports == no_handle) return fail(Error::not_supported);
  TRY(host::port_write(pci_ports, reset_control, 1, reset_system));
  TRY(host::port_write(pci_ports, reset_control, 1, reset_system | reset_now));
  return fail(not_heard());
}

Result<> Service::on(Platform::Stop const& request, Caller const&) {
  Error failure = Error::not_supported;
  switch (host::Stop(request.how)) {
    case host::Stop::power_off: failure = power_off().error(); break;
    case host::Stop::reboot: failure = reset().error(); break;
    case host::Stop::halt: break;
    default: return fail(Error::invalid);
  }
  if (power != no_handle) return host::system_stop(power, host::Stop(request.how));
  return fail(failure);
}

}  // namespace hinge::platform
