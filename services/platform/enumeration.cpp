#include "services/platform/enumeration.hpp"

namespace hinge::platform {
namespace {

using Range = Platform::Range;
using Device = Platform::Device;

// Base address registers (PCI 3.0, 6.2.5.1).
constexpr u32 range_is_ports = 1, range_type_mask = 6, range_type_64 = 4, range_prefetchable = 8;
constexpr u32 ports_mask = ~3u, memory_mask = ~0xfu;
constexpr u16 decode_bits = 3;  // command: answer to ports and memory

/// What a register keeps of all ones tells the size. Decoding must be off meanwhile.
u32 probe(Configuration const& pci, PciAddress f, u32 offset, u32 old) {
  pci.write(f, offset, 4, ~0u);
  u32 const kept = pci.read(f, offset, 4);
  pci.write(f, offset, 4, old);
  return kept;
}

void read_ranges(Configuration const& pci, PciAddress f, std::span<Range> ranges) {
  u16 const command = u16(pci.read(f, config::command, 2));
  pci.write(f, config::command, 2, command & ~decode_bits);
  for (u32 i = 0; i < ranges.size(); ++i) {
    u32 const offset = config::first_range + i * 4;
    u32 const low = pci.read(f, offset, 4);
    u32 const kept = probe(pci, f, offset, low);
    if (kept == 0) continue;
    Range& r = ranges[i];
    if (low & range_is_ports) {
      r = {low & ports_mask, u16(~(kept & ports_mask) + 1), Range::ports, 0};
      continue;
    }
    u32 const prefetchable = low & range_prefetchable ? 1 : 0;
    if ((low & range_type_mask) != range_type_64 || i + 1 == ranges.size()) {
      r = {low & memory_mask, ~(kept & memory_mask) + u32{1}, Range::memory, prefetchable};
      continue;
    }
    u32 const high = pci.read(f, offset + 4, 4);
    u64 const mask = u64{probe(pci, f, offset + 4, high)} << 32 | (kept & memory_mask);
    r = {u64{high} << 32 | (low & memory_mask), ~mask + 1, Range::memory_64, prefetchable};
    ++i;
  }
  pci.write(f, config::command, 2, command);
}

void read_msix(Configuration const& pci, PciAddress f, Device& d) {
  u32 const at = find_msix(pci, f);
  if (!at) return;
  u32 const table = pci.read(f, at + 4, 4);
  d.msix_vectors = (pci.read(f, at + config::msix_control, 2) & config::msix_last_entry) + 1;
  d.msix_range = table & 7;
  d.msix_offset = table & ~7u;
}

Device describe(Configuration const& pci, PciAddress f) {
  u32 const kind = pci.read(f, config::revision, 4);
  u8 const header = pci.read(f, config::header_type, 1) & config::type_mask;
  Device d{};
  d.address = f.raw();
  d.vendor = u16(pci.read(f, config::vendor, 2));
  d.device = u16(pci.read(f, config::device, 2));
  d.revision = u8(kind);
  d.programming = u8(kind >> 8);
  d.subclass = u8(kind >> 16);
  d.class_code = u8(kind >> 24);
  d.interrupt_line = u8(pci.read(f, config::interrupt_line, 1));
  d.interrupt_pin = u8(pci.read(f, config::interrupt_pin, 1));
  d.bridge = header == 1;
  if (header == 0) {
    d.subsystem_vendor = u16(pci.read(f, config::subsystem_vendor, 2));
    d.subsystem = u16(pci.read(f, config::subsystem, 2));
  }
  if (header <= 1) read_ranges(pci, f, std::span{d.range}.first(header == 0 ? 6 : 2));
  read_msix(pci, f, d);
  return d;
}

}  // namespace

u32 find_msix(Configuration const& pci, PciAddress f) {
  if (!(pci.read(f, config::status, 2) & config::has_capabilities)) return 0;
  u32 at = pci.read(f, config::capabilities, 1) & 0xfc;
  // The list lies in 192 bytes; a loop in it must not hold us.
  for (u32 steps = 0; at >= 0x40 && steps < 48; ++steps) {
    if (pci.read(f, at, 1) == config::capability_msix) return at;
    at = pci.read(f, at + 1, 1) & 0xfc;
  }
  return 0;
}

u32 enumerate(Configuration const& pci, std::span<Platform::Device> found) {
  u32 count = 0;
  u64 pending[4] = {1};  // Buses to look at: bus 0, then those behind bridges, which have higher numbers.
  for (u32 bus = 0; bus < 256; ++bus) {
    if (!(pending[bus / 64] >> bus % 64 & 1)) continue;
    for (u32 slot = 0; slot < 32; ++slot) {
      u32 functions = 1;
      for (u32 function = 0; function < functions; ++function) {
        PciAddress const f = at(bus, slot, function);
        if (pci.read(f, config::vendor, 2) == config::absent) continue;
        if (function == 0 && (pci.read(f, config::header_type, 1) & config::many_functions)) functions = 8;
        if (count == found.size()) return count;
        Platform::Device const& d = found[count++] = describe(pci, f);
        if (!d.bridge) continue;
        u32 const behind = pci.read(f, config::secondary_bus, 1);
        pending[behind / 64] |= u64{1} << behind % 64;
      }
    }
  }
  return count;
}

}  // namespace hinge::platform
