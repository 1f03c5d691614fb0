// The page-table entry of four-level paging on one screen (Intel SDM vol. 3, table 4-15 to 4-20), with the three bits
// the architecture leaves to software. All levels share the format but for the huge bit.
// An entry whose raw value is not zero owns what it names: a lower table, or a share of a frame unless uncounted.
#pragma once

#include "abi/native.hpp"
#include "base/types.hpp"

namespace hinge::nucleus::mm {

inline constexpr u32 huge_order = 9;          ///< A page of level 2 has 2^9 frames.
inline constexpr u64 huge_bytes = page_bytes << huge_order;

struct Entry {
  static constexpr u64 present = 1 << 0;
  static constexpr u64 writable = 1 << 1;
  static constexpr u64 user = 1 << 2;
  static constexpr u64 write_through = 1 << 3;
  static constexpr u64 cache_disable = 1 << 4;
  static constexpr u64 accessed = 1 << 5;
  static constexpr u64 dirty = 1 << 6;
  static constexpr u64 huge = 1 << 7;
  static constexpr u64 global = 1 << 8;
  static constexpr u64 uncounted = 1 << 9;    ///< Ours: names memory without a share count (device registers).
  static constexpr u64 of_object = 1 << 10;   ///< Ours: the frame is a page of the region's object, not the space's own.
  static constexpr u64 parked = 1 << 11;      ///< Ours: not present, but keeps its frame: a region without any access.
  static constexpr u64 guarded = u64{1} << 52;  ///< Ours: before a shared mapping stores here, the object's holder is asked.
  static constexpr u64 no_execute = u64{1} << 63;
  static constexpr u64 address_bits = 0x000f'ffff'ffff'f000;

  /// What a leaf keeps when its protection changes.
  static constexpr u64 extra_bits = uncounted | of_object | guarded | huge | write_through | cache_disable;

  u64 raw = 0;

  [[nodiscard]] constexpr bool empty() const { return raw == 0; }
  [[nodiscard]] constexpr bool has(u64 bits) const { return (raw & bits) == bits; }
  /// Equal but for what the processor marks.
  [[nodiscard]] constexpr bool same_but_marks(Entry o) const { return ((raw ^ o.raw) & ~(accessed | dirty)) == 0; }
  [[nodiscard]] constexpr PhysAddr frame() const { return PhysAddr{raw & address_bits}; }
  /// Of a leaf: what it maps.
  [[nodiscard]] constexpr u64 bytes() const { return has(huge) ? huge_bytes : page_bytes; }

  /// The entry for a lower table: everything allowed, the leaf decides. The top-level entry alone says whose it is.
  static constexpr Entry table(PhysAddr frame) { return {frame.raw() | present | writable | user}; }
  /// A leaf. Any access implies reading, as the processor has it; no access at all parks the frame.
  static constexpr Entry leaf(PhysAddr frame, Protection p, u64 extra = 0) {
    if (p == Protection::none) return {frame.raw() | parked | extra};
    return {frame.raw() | present | user | (hinge::has(p, Protection::write) ? writable : 0) |
            (hinge::has(p, Protection::execute) ? 0 : no_execute) | extra};
  }

  /// Stores into a live table in one piece: the processor may read it, or set accessed and dirty, at any time.
  void store(Entry e) { __atomic_store_n(&raw, e.raw, __ATOMIC_RELEASE); }
  [[nodiscard]] Entry load() const { return {__atomic_load_n(&raw, __ATOMIC_RELAXED)}; }
};
static_assert(sizeof(Entry) == 8);

inline constexpr u32 table_entries = 512;
inline constexpr u32 top_level = 4;           ///< PML4; level 1 holds the leaves.

/// Bytes that one entry of a table of this level maps: 4 KiB, 2 MiB, 1 GiB, 512 GiB.
constexpr u64 entry_reach(u32 level) { return page_bytes << (9 * (level - 1)); }
constexpr u32 entry_number(u32 level, u64 address) { return (address / entry_reach(level)) % table_entries; }

static_assert(entry_reach(1) == 4096 && entry_reach(2) == huge_bytes && entry_reach(top_level) == u64{1} << 39);
static_assert(entry_number(top_level, 0xffff'8000'0000'0000) == 256 && entry_number(1, 0x3000) == 3);
static_assert(Entry::leaf(PhysAddr{0x5000}, Protection::read).raw == (0x5005 | Entry::no_execute));
static_assert(Entry::leaf(PhysAddr{0x5000}, Protection::write | Protection::execute).raw == 0x5007);
static_assert(!Entry::leaf(PhysAddr{0x5000}, Protection::none).has(Entry::present));

}  // namespace hinge::nucleus::mm
