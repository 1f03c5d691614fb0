// Platform: the machine beside its processors and timers: which PCI devices there are, what they need, and the power
// switch. Drivers reach PCI configuration and MSI-X tables only through here, and only of devices that placement assigned to
// them: the badge of a call across a boundary says who asks (no_rights). A call inside one domain has no badge and passes.
#pragma once

#include "iface/calls.hpp"

namespace hinge {

/// Where a PCI function sits: bus << 8 | device << 3 | function.
using PciAddress = Strong<struct PciAddressTag, u64>;

struct Platform {
  /// One range that a device answers to.
  struct Range {
    enum Kind : u32 { none, ports, memory, memory_64 };
    u64 base;                  ///< Port number or physical address.
    u64 bytes;
    u32 kind;
    u32 prefetchable;          ///< 1: reads have no side effect.
  };
  static constexpr u32 ranges = 6;  ///< Base address registers; the upper half of a 64-bit one is `none`.

  struct Device {
    u64 address;               ///< A PciAddress.
    u16 vendor, device, subsystem_vendor, subsystem;
    u8 class_code, subclass, programming, revision;
    u8 interrupt_pin;          ///< 1 to 4 for INTA to INTD, 0 when the device has none.
    u8 interrupt_line;         ///< What firmware left for drivers: an ISA interrupt, or 255.
    u8 bridge;                 ///< 1: a PCI-to-PCI bridge.
    u8 reserved;
    u32 msix_vectors;          ///< Size of the MSI-X table; 0 without that capability.
    u32 msix_range;            ///< Index of the range that holds the table,
    u64 msix_offset;           ///< and where in it.
    Range range[ranges];
  };

  /// How many devices there are. They do not change after start.
  struct Count { using Reply = u64; };
  /// Device number `index` in bus order. not_found beyond the last.
  struct Describe { using Reply = Device; u64 index; };
  /// `width` bytes (1, 2 or 4) of a device's configuration at `offset` (aligned, below 256). Capabilities are found so.
  struct ReadConfig { using Reply = u64; PciAddress device; u32 offset, width; };
  /// Whether the device may answer to ports and memory, and be bus master. Takes bits of Access.
  struct Enable {
    using Reply = Unit;
    enum Access : u64 { ports = 1, memory = 2, master = 4 };
    PciAddress device;
    u64 access;
  };
  /// Points entry `entry` of a device's MSI-X table to one of the vectors that were assigned with it, and has the device use
  /// MSI-X from then on. invalid: no such entry. no_rights: another vector. not_supported: no table, or not whole pages.
  struct SetVector { using Reply = Unit; PciAddress device; u64 entry, message_address, message_data; };

  /// Ends the machine: does not return when it works. not_supported: this chipset's switch is not known.
  struct Stop {
    using Reply = Unit;
    u64 how;                   ///< A host::Stop.
  };

  /// From now on the device is driven by the service whose calls have the badge `owner`. For placement alone: no_rights for
  /// a call that has a badge. busy: it is another's already. The same again is fine.
  struct Assign {
    using Reply = Unit;
    static constexpr u32 max_messages = image::GrantedDevice::max_vectors;
    struct Message { u64 address, data; };
    PciAddress device;
    u64 owner;
    u64 table;                 ///< Address of its MSI-X table in platform's slot; 0: none.
    u64 message_count;
    Message messages[max_messages];
  };

  using List = Calls<Count, Describe, ReadConfig, Enable, SetVector, Stop, Assign>;
};

}  // namespace hinge
