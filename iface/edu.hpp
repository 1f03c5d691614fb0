// Edu: QEMU's device for teaching (PCI 1234:11e8), the smallest one that reaches memory by itself. It has 4 KiB of its own
// that it copies from and to the machine's memory, which makes it the device to try the confinement of DMA with: its driver
// can also be told to misuse it.
#pragma once

#include "iface/buffer.hpp"
#include "iface/calls.hpp"

namespace hinge {

struct Edu {
  static constexpr u64 memory_bytes = 4096;

  /// confined: an IOMMU keeps the device to what is mapped for it.
  struct Info { struct Reply { u64 confined; }; };
  /// of! modulo 2^32, computed by the device.
  struct Factorial { using Reply = u64; u64 of; };
  /// Fills the beginning of the device's memory from a buffer, or a buffer from it. invalid: longer than that memory.
  struct Load { using Reply = Unit; static constexpr u32 buffers = 1; Buffer from; };
  struct Store { using Reply = Unit; static constexpr u32 buffers = 1; Buffer into; };

  /// What a driver with a mistake would do: the device is told to write into memory of the driver's own that is not mapped for
  /// it like that. Replies how many bytes of that memory changed.
  struct Misuse {
    enum Kind : u64 {
      unmapped,            ///< It was mapped until just before.
      read_only,           ///< It is mapped for reading.
      beyond,              ///< The page behind what is mapped. On a trusted device that is anybody's memory.
      count_
    };
    using Reply = u64;
    u64 kind;
  };
  /// The same with any address: `bytes` of its memory are written there, or (`read`) read from there.
  struct Wild { using Reply = Unit; u64 bus; u32 bytes, read; };

  using List = Calls<Info, Factorial, Load, Store, Misuse, Wild>;
};

}  // namespace hinge
