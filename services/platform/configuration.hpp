// PCI configuration by mechanism #1 (PCI Local Bus Specification 3.0, 3.2.2.3.2): an address register and a window of
// four bytes, in I/O ports. The pair is one resource: the owner serializes.
#pragma once

#include "host/host.hpp"
#include "iface/platform.hpp"

namespace hinge::platform {

/// Offsets in a function's configuration (PCI 3.0, 6.1) and its type 1 form (PCI-to-PCI Bridge 1.2, 3.2).
namespace config {
inline constexpr u32 vendor = 0x00, device = 0x02, command = 0x04, status = 0x06, revision = 0x08, header_type = 0x0e;
inline constexpr u32 first_range = 0x10, subsystem_vendor = 0x2c, subsystem = 0x2e, capabilities = 0x34;
inline constexpr u32 interrupt_line = 0x3c, interrupt_pin = 0x3d, secondary_bus = 0x19;
inline constexpr u16 absent = 0xffff;
inline constexpr u16 has_capabilities = 0x10;              // status
inline constexpr u8 many_functions = 0x80, type_mask = 0x7f;  // header_type
// MSI-X (PCI 3.0, 6.8.2): message control in the capability; entries of the table, in words of 32 bits.
inline constexpr u8 capability_msix = 0x11;
inline constexpr u32 msix_control = 2;
inline constexpr u16 msix_last_entry = 0x7ff, msix_function_mask = 0x4000, msix_enable = 0x8000;
inline constexpr u32 msix_entry_words = 4, msix_entry_data = 2, msix_entry_control = 3, msix_entry_masked = 1;
}  // namespace config

class Configuration {
 public:
  /// `ports`: 0xcf8 to 0xcff.
  void start(Handle ports) { ports_ = ports; }

  /// All ones for a function that is not there, as the bus has it.
  [[nodiscard]] u32 read(PciAddress function, u32 offset, u32 width) const {
    select(function, offset);
    u32 const missing = width == 4 ? ~0u : (1u << width * 8) - 1;
    return u32(host::port_read(ports_, u16(data + (offset & 3)), width).value_or(missing));
  }
  void write(PciAddress function, u32 offset, u32 width, u32 value) const {
    select(function, offset);
    (void)host::port_write(ports_, u16(data + (offset & 3)), width, value);
  }

 private:
  static constexpr u16 address = 0xcf8, data = 0xcfc;
  static constexpr u32 enable = 1u << 31;
  void select(PciAddress function, u32 offset) const {
    (void)host::port_write(ports_, address, 4, enable | u32(function.raw()) << 8 | (offset & 0xfc));
  }
  Handle ports_{};
};

constexpr PciAddress at(u32 bus, u32 device, u32 function) { return PciAddress{bus << 8 | device << 3 | function}; }

}  // namespace hinge::platform
