#include "nucleus/boot/boot_info.hpp"

#include <array>

#include "base/memory.hpp"
#include "nucleus/arch/x86_64/paging.hpp"
#include "nucleus/boot/early.hpp"
#include "nucleus/boot/pvh.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/debug/panic.hpp"

extern "C" char const image_end[];

namespace hinge::nucleus {
namespace {

constexpr u64 low_memory_end = 1 << 20;          // Left to the firmware, but for the start-up page of other CPUs.
constexpr u64 direct_map_bytes = layout::entry_bytes;

constinit BootInfo info{};
constinit std::array<MemoryRange, 64> memory{};
constinit std::array<PhysRange, 64> free_ranges{};
constinit u32 memory_count = 0, free_count = 0;
constinit std::array<char, 2048> command_line{};

void add_free(u64 begin, u64 end) {
  if (begin >= end) return;
  if (free_count == free_ranges.size()) return log("boot: too many memory ranges, {x}-{x} stays unused", begin, end);
  free_ranges[free_count++] = {PhysAddr{begin}, PhysAddr{end}};
}

/// Adds [begin, end) without what overlaps one of `holes`, which are ascending.
void add_free_around(u64 begin, u64 end, std::span<PhysRange const> holes) {
  for (PhysRange const& hole : holes) {
    if (hole.end.raw() <= begin || hole.begin.raw() >= end) continue;
    add_free(begin, align_down(hole.begin.raw(), page_bytes));
    begin = align_up(hole.end.raw(), page_bytes);
  }
  add_free(begin, end);
}

void copy_memory_map(pvh::StartInfo const& start) {
  auto const* entry = direct<pvh::MemoryMapEntry const>(PhysAddr{start.memory_map});
  for (u32 i = 0; i < start.memory_map_entries && memory_count < memory.size(); ++i, ++entry) {
    MemoryRange const one{{PhysAddr{entry->address}, PhysAddr{entry->address + entry->bytes}}, MemoryKind{entry->type}};
    u32 at = memory_count++;
    for (; at > 0 && memory[at - 1].range.begin > one.range.begin; --at) memory[at] = memory[at - 1];
    memory[at] = one;
  }
  info.memory = {memory.data(), memory_count};
}

void find_free_ranges() {
  bool const image_first = info.image.begin < info.initrd.begin;
  PhysRange const holes[] = {image_first ? info.image : info.initrd, image_first ? info.initrd : info.image};
  for (MemoryRange const& m : info.memory) {
    if (m.kind != MemoryKind::ram) continue;
    info.ram_bytes += m.range.bytes();
    u64 begin = align_up(m.range.begin.raw(), page_bytes), end = align_down(m.range.end.raw(), page_bytes);
    if (begin < low_memory_end) begin = low_memory_end;
    if (end > direct_map_bytes) end = direct_map_bytes;
    if (begin < end) add_free_around(begin, end, holes);
  }
}

}  // namespace

BootInfo const& boot_info() { return info; }

void boot_info_init(PhysAddr start_info) {
  auto const& start = *direct<pvh::StartInfo const>(start_info);
  if (start.magic != pvh::magic || start.version < 1) panic("not started by the PVH protocol with a memory map");
  copy_memory_map(start);
  info.rsdp = PhysAddr{start.rsdp};
  info.image = {PhysAddr{low_memory_end}, image_physical(image_end)};
  if (start.module_count > 0) {
    auto const& module = *direct<pvh::Module const>(PhysAddr{start.modules});
    info.initrd = {PhysAddr{module.address}, PhysAddr{module.address + module.bytes}};
  }
  if (start.command_line != 0) {
    auto const* text = direct<char const>(PhysAddr{start.command_line});
    usize n = 0;
    while (n < command_line.size() && text[n] != 0) ++n;
    if (n == command_line.size()) panic("the command line is longer than {} bytes", n);
    memory::copy(command_line.data(), text, n);
    info.command_line = {command_line.data(), n};
  }
  find_free_ranges();
  info.free = {free_ranges.data(), free_count};
}

void boot_info_set_root(PhysAddr root) { info.root = root; }

PhysAddr early_frame() {
  PhysRange& lowest = free_ranges[0];
  if (free_count == 0 || lowest.begin.raw() + page_bytes > early_limit) panic("no memory to start in");
  PhysAddr const frame = lowest.begin;
  memory::fill(direct(frame), 0, page_bytes);
  lowest.begin += page_bytes;
  if (lowest.begin == lowest.end) {
    for (u32 i = 1; i < free_count; ++i) free_ranges[i - 1] = free_ranges[i];
    info.free = {free_ranges.data(), --free_count};
  }
  return frame;
}

}  // namespace hinge::nucleus
