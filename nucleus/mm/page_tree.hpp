// A tree of page tables below some root table: walk, extend, visit, prune. Used for a space's lower half (level 4 root,
// with the service view's root as a mirror), for a slot and for the nucleus' own areas (level 3 root).
// Each table's Frame counts its entries in use, so empty tables are found without looking. The owner's lock is held.
#pragma once

#include "nucleus/mm/batch.hpp"
#include "nucleus/mm/entry.hpp"

namespace hinge::nucleus::mm {

class PageTree {
 public:
  /// `addresses` below are virtual; only their bits below the root's reach matter.
  constexpr PageTree() = default;
  constexpr PageTree(Frames& frames, PhysAddr root, u32 level) : frames_{&frames}, root_{root}, level_{level} {}

  [[nodiscard]] PhysAddr root() const { return root_; }
  /// Top-level entries that change from now on are also written there, with execute disabled.
  void set_mirror(PhysAddr root) { mirror_ = root; }

  /// The leaf entry for an address, a huge page's where there is one, or null when a table on the way is missing.
  [[nodiscard]] Entry* find(u64 address) const;
  /// The same, with missing tables made and charged; `lowest` 2: the entry on that level, be it a leaf, a table or empty.
  /// no_memory, quota.
  Result<Entry*> reach(u64 address, Account& account, u32 lowest = 1);

  /// Stores into a leaf entry and keeps its table's count. The share that goes with it is the caller's business.
  void set(Entry* leaf, Entry value);
  /// set(), for a leaf that becomes empty.
  void clear(Entry* leaf) { set(leaf, Entry{}); }

  /// Calls f(address, leaf) for each leaf in [begin, end) that is not empty, in order, until f returns false.
  /// Skips what has no tables. f may change the leaf. Returns the address it stopped at, or `end`. Huge pages are leaves
  /// (Entry::bytes) and lie in the range as a whole.
  template <class F>
  u64 visit(u64 begin, u64 end, F&& f) const;

  /// Unhooks the empty tables in [begin, end) into the batch (the root stays).
  void prune(u64 begin, u64 end, Batch& batch);

 private:
  [[nodiscard]] Entry* table(PhysAddr frame) const { return frame_pointer<Entry>(frame); }
  void hook(Entry* at, u32 level, Entry value);
  void prune_table(PhysAddr frame, u32 level, u64 begin, u64 end, Batch& batch);
  /// The next address at or after `address` that has a leaf table, with it, or a huge page, with its entry; null at `end`.
  Entry* next_leaf_table(u64& address, u64 end) const;

  Frames* frames_ = nullptr;
  PhysAddr root_{}, mirror_{};
  u32 level_ = 0;
};

template <class F>
u64 PageTree::visit(u64 begin, u64 end, F&& f) const {
  u64 address = begin;
  while (Entry* leaves = next_leaf_table(address, end)) {
    if (leaves->has(Entry::huge)) {  // None of a leaf table's entries is.
      if (!f(address, *leaves)) return address;
      address += huge_bytes;
      continue;
    }
    for (u32 i = entry_number(1, address); i < table_entries && address < end; ++i, address += page_bytes)
      if (!leaves[i].empty() && !f(address, leaves[i])) return address;
  }
  return end;
}

}  // namespace hinge::nucleus::mm
