// See the header. Tables are read through windows onto physical memory, which go again afterwards.
#include "placement/confinement.hpp"

#include <cstring>

#include "abi/boot_image.hpp"
#include "host/image.hpp"

namespace hinge::placement {
namespace {

constexpr u64 header_bytes = 36, most_bytes = 64 * 1024;   // ACPI 6.4, 5.2.6

using Bytes = std::span<u8 const>;

template <class T>
T at(Bytes table, u64 offset) {
  T value{};
  if (offset <= table.size() && table.size() - offset >= sizeof value) std::memcpy(&value, &table[offset], sizeof value);
  return value;
}
bool is(Bytes table, char const (&signature)[5]) { return table.size() >= 4 && std::memcmp(table.data(), signature, 4) == 0; }

bool sums_to_zero(Bytes table) {
  u8 sum = 0;
  for (u8 b : table) sum = u8(sum + b);
  return sum == 0;
}

/// Physical memory, seen through windows of the own slot, one behind the other.
class Windows {
 public:
  Windows() : base_{host::own_slot_base() + layout::slot_windows + (u64{32} << 30)}, end_{base_} {}
  ~Windows() {
    if (end_ != base_) (void)host::window_unmap(no_handle, base_, end_ - base_);
  }
  Windows(Windows const&) = delete;

  Result<Bytes> open(u64 physical, u64 bytes) {
    u64 const first = align_down(physical, page_bytes), length = align_up(physical + bytes, page_bytes) - first;
    TRY(host::window_map(no_handle, end_, boot::initial(boot::Initial::physical_memory), first, length, Protection::read));
    u64 const address = end_ + (physical - first);
    end_ += length;
    return Bytes{reinterpret_cast<u8 const*>(address), bytes};
  }
  Result<Bytes> table(u64 physical) {
    u64 const bytes = at<u32>(TRY(open(physical, header_bytes)), 4);
    if (bytes < header_bytes || bytes > most_bytes) return fail(Error::corrupt);
    return open(physical, bytes);
  }

 private:
  u64 const base_;
  u64 end_;
};

}  // namespace

namespace {

/// A hardware unit's structure (8.3), with its device scopes (8.3.1).
Result<RemappingUnit> read_unit(Bytes unit) {
  constexpr u64 first_scope = 16, path = 6;
  constexpr u8 all_of_pci = 1, endpoint = 1, bridge = 2;
  RemappingUnit found{.registers = at<u64>(unit, 8), .all = (at<u8>(unit, 4) & all_of_pci) != 0};
  for (u64 offset = first_scope; offset + path <= unit.size();) {
    u8 const type = unit[offset], length = unit[offset + 1], bus = unit[offset + 5];
    if (length < path || length > unit.size() - offset) return fail(Error::corrupt);
    if ((type == endpoint || type == bridge) && bus == 0 && length == path + 2) {
      u32 const function = unit[offset + path] << 3 | (unit[offset + path + 1] & 7);
      if (function < 256) found.functions[function / 64] |= u64{1} << function % 64;
    }
    offset += length;
  }
  return found;
}

}  // namespace

Result<RemappingUnit> remapping_unit(Bytes dmar) {
  constexpr u64 first_structure = 48;
  constexpr u16 hardware_unit = 0;
  if (!is(dmar, "DMAR") || !sums_to_zero(dmar)) return fail(Error::corrupt);
  RemappingUnit found;
  for (u64 offset = first_structure; offset + 4 <= dmar.size();) {
    u16 const type = at<u16>(dmar, offset), length = at<u16>(dmar, offset + 2);
    if (length < 4 || length > dmar.size() - offset) return fail(Error::corrupt);
    if (type == hardware_unit) {
      if (found.registers) return fail(Error::not_supported);
      found = TRY(read_unit(dmar.subspan(offset, length)));
    }
    offset += length;
  }
  if (!found.registers) return fail(Error::not_found);
  return found;
}

Result<RemappingUnit> confine_devices(u64 rsdp) {
  if (!rsdp) return fail(Error::not_found);
  Windows windows;
  Bytes const root = TRY(windows.open(rsdp, header_bytes));
  bool const extended = at<u8>(root, 15) >= 2 && at<u64>(root, 24) != 0;   // ACPI 6.4, 5.2.5.3
  Bytes const list = TRY(windows.table(extended ? at<u64>(root, 24) : at<u32>(root, 16)));
  u64 const step = extended ? 8 : 4;
  for (u64 offset = header_bytes; offset + step <= list.size(); offset += step) {
    Bytes const table = TRY(windows.table(extended ? at<u64>(list, offset) : at<u32>(list, offset)));
    if (!is(table, "DMAR")) continue;
    auto const unit = TRY(remapping_unit(table));
    TRY(host::dma_confine(boot::initial(boot::Initial::dma), unit.registers));
    return unit;
  }
  return fail(Error::not_found);
}

}  // namespace hinge::placement
