#include "nucleus/arch/x86_64/paging.hpp"

#include "nucleus/arch/x86_64/cpu.hpp"
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/boot/boot_info.hpp"
#include "nucleus/boot/early.hpp"
#include "nucleus/debug/panic.hpp"

extern "C" char const image_text[], image_rodata[], image_data[], image_symbols[], image_end[];

namespace hinge::nucleus {
namespace {

constexpr u64 entries_per_table = 512;
constexpr u64 device_window = layout::nucleus_image + (u64{1} << 30);

constinit PhysAddr root{};
constinit u64* window_entries = nullptr;  ///< The last-level table of the device window: 2 MiB.
constinit u32 window_used = 0;

u64 global() { return features().page_global ? pte::global : 0; }

/// The entry for `address` in the table of `level` (0: 4 KiB pages, 1: 2 MiB), making what is missing above it.
u64* entry_for(u64 address, u32 level) {
  u64* table = direct<u64>(root);
  for (u32 l = 3;; --l) {
    u64& entry = table[address >> (page_shift + 9 * l) & (entries_per_table - 1)];
    if (l == level) return &entry;
    if ((entry & pte::present) == 0) entry = early_frame().raw() | pte::present | pte::writable;
    table = direct<u64>(PhysAddr{entry & pte::frame_mask});
  }
}

void map_image(char const* begin, char const* end, u64 flags) {
  for (auto a = reinterpret_cast<u64>(begin); a < reinterpret_cast<u64>(end); a += page_bytes)
    early_map(a, PhysAddr{a - layout::nucleus_image}, flags | global());
}

void map_direct(PhysRange const& range) {
  u64 const end = range.end.raw() < layout::entry_bytes ? range.end.raw() : layout::entry_bytes;
  for (u64 at = align_down(range.begin.raw(), large_page_bytes); at < end; at += large_page_bytes)
    *entry_for(layout::direct_map + at, 1) = at | pte::present | pte::writable | pte::large | pte::no_execute | global();
}

void* map_in_window(PhysAddr at, u64 bytes, u64 flags) {
  u64 const first = align_down(at.raw(), page_bytes), pages = (align_up(at.raw() + bytes, page_bytes) - first) / page_bytes;
  if (pages > entries_per_table - window_used) return nullptr;
  u64 const address = device_window + window_used * page_bytes;
  for (u64 i = 0; i < pages; ++i)
    window_entries[window_used++] = (first + i * page_bytes) | flags | pte::present | pte::no_execute | global();
  return reinterpret_cast<void*>(address + (at.raw() - first));
}

}  // namespace

void early_map(u64 address, PhysAddr frame, u64 flags) { *entry_for(address, 0) = frame.raw() | flags | pte::present; }

void early_map_stack(u32 number) {
  u64 const top = kernel_stack_top(number);
  for (u64 a = top - layout::kernel_stack_bytes; a < top; a += page_bytes)
    early_map(a, early_frame(), pte::writable | pte::no_execute | global());
}

void paging_init() {
  root = early_frame();
  boot_info_set_root(root);
  map_image(image_text, image_rodata, 0);
  map_image(image_rodata, image_data, pte::no_execute);  // .sealed included: what is written in it has been by now.
  map_image(image_data, image_symbols, pte::no_execute | pte::writable);
  map_image(image_symbols, image_end, pte::no_execute);
  for (MemoryRange const& m : boot_info().memory)
    if (m.kind == MemoryKind::ram || m.kind == MemoryKind::acpi || m.kind == MemoryKind::acpi_nvs) map_direct(m.range);
  window_entries = entry_for(device_window, 0);
  write_cr3(root.raw());
}

void* map_device(PhysAddr at, u64 bytes) { return map_in_window(at, bytes, pte::writable | pte::cache_disable | pte::write_through); }
void* map_firmware(PhysAddr at, u64 bytes) { return map_in_window(at, bytes, 0); }

}  // namespace hinge::nucleus
