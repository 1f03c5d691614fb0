#include "nucleus/arch/x86_64/acpi.hpp"

#include "base/memory.hpp"
#include "nucleus/arch/x86_64/cpu.hpp"
#include "nucleus/arch/x86_64/paging.hpp"
#include "nucleus/debug/panic.hpp"

namespace hinge::nucleus {
namespace {

// Layouts: ACPI 6.4, 5.2. Tables are byte streams with fields at any alignment, hence `at`.
constexpr usize header_bytes = 36;
constexpr usize max_table_bytes = 512 * 1024;

/// One mapped table. Reads outside of it give 0, so that a truncated table of an old revision simply lacks fields.
struct Table {
  u8 const* bytes = nullptr;
  usize size = 0;

  template <class T>
  [[nodiscard]] T at(usize offset) const {
    T value{};
    if (offset <= size && size - offset >= sizeof(T)) memory::copy(&value, bytes + offset, sizeof(T));
    return value;
  }
  [[nodiscard]] bool is(char const (&signature)[5]) const { return size >= 4 && memory::compare(bytes, signature, 4) == 0; }
};

Table map_table(PhysAddr at) {
  auto const* header = static_cast<u8 const*>(map_firmware(at, header_bytes));
  if (header == nullptr) return {};
  usize const size = Table{header, header_bytes}.at<u32>(4);
  if (size < header_bytes || size > max_table_bytes) return {};
  return {static_cast<u8 const*>(map_firmware(at, size)), size};
}

constinit AcpiInfo info{};
constinit std::array<u32, max_cpus> cpus{};
constinit std::array<IoApicEntry, 8> io_apics{};
constinit std::array<IsaOverride, 16> overrides{};

template <class T, usize n>
void append(std::array<T, n>& list, std::span<T const>& view, T const& value) {
  if (view.size() < n) list[view.size()] = value, view = {list.data(), view.size() + 1};
}

void read_madt(Table const& madt) {  // 5.2.12
  info.local_apic = PhysAddr{madt.at<u32>(36)};
  for (usize at = 44; at + 2 <= madt.size;) {
    u8 const type = madt.at<u8>(at), length = madt.at<u8>(at + 1);
    if (length < 2) break;
    if (type == 0 && (madt.at<u32>(at + 4) & 1) != 0) append(cpus, info.cpus, u32{madt.at<u8>(at + 3)});
    if (type == 1) append(io_apics, info.io_apics, {PhysAddr{madt.at<u32>(at + 4)}, madt.at<u32>(at + 8)});
    if (type == 2) {
      u16 const flags = madt.at<u16>(at + 8);
      append(overrides, info.overrides, {madt.at<u8>(at + 3), madt.at<u32>(at + 4), (flags & 3) == 3, (flags >> 2 & 3) == 3});
    }
    if (type == 5) info.local_apic = PhysAddr{madt.at<u64>(at + 4)};
    at += length;
  }
}

void read_fadt(Table const& fadt) {  // 5.2.9
  info.pm_timer_port = u16(fadt.at<u32>(76));
}

void read_table(Table const& table) {
  if (table.is("APIC")) read_madt(table);
  if (table.is("FACP")) read_fadt(table);
  if (table.is("HPET")) info.hpet = PhysAddr{table.at<u64>(44)};
}

}  // namespace

AcpiInfo const& acpi_info() { return info; }

void acpi_init(PhysAddr rsdp) {
  if (rsdp.raw() == 0) panic("the firmware left no ACPI tables");
  Table const root{static_cast<u8 const*>(map_firmware(rsdp, 36)), 36};
  bool const extended = root.at<u8>(15) >= 2 && root.at<u64>(24) != 0;
  Table const list = map_table(PhysAddr{extended ? root.at<u64>(24) : root.at<u32>(16)});
  usize const step = extended ? 8 : 4;
  for (usize at = header_bytes; at + step <= list.size; at += step)
    read_table(map_table(PhysAddr{extended ? list.at<u64>(at) : list.at<u32>(at)}));
  if (info.cpus.empty() || info.io_apics.empty()) panic("ACPI names no CPU or no I/O APIC");
}

}  // namespace hinge::nucleus
