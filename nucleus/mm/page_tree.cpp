#include "nucleus/mm/page_tree.hpp"

#include <algorithm>

namespace hinge::nucleus::mm {

Entry* PageTree::find(u64 address) const {
  Entry* at = &table(root_)[entry_number(level_, address)];
  for (u32 level = level_; level > 1; --level) {
    if (at->empty()) return nullptr;
    if (at->has(Entry::huge)) return at;
    at = &table(at->frame())[entry_number(level - 1, address)];
  }
  return at;
}

Result<Entry*> PageTree::reach(u64 address, Account& account, u32 lowest) {
  Entry* at = &table(root_)[entry_number(level_, address)];
  for (u32 level = level_; level > lowest; --level) {
    if (at->has(Entry::huge)) return at;
    if (at->empty()) hook(at, level, Entry::table(TRY(frames_->allocate(account))));
    at = &table(at->frame())[entry_number(level - 1, address)];
  }
  return at;
}

void PageTree::hook(Entry* at, u32 level, Entry value) {
  set(at, value);
  if (level != level_ || mirror_ == PhysAddr{}) return;
  u64 const number = (frame_address(at).raw() % page_bytes) / sizeof(Entry);
  table(mirror_)[number].store(value.empty() ? value : Entry{value.raw | Entry::no_execute});
}

void PageTree::set(Entry* leaf, Entry value) {
  PhysAddr const of_table = PhysAddr{align_down(frame_address(leaf).raw(), page_bytes)};
  if (frames_->covers(of_table)) {  // Tables made at boot may lie beyond; they are never pruned.
    if (leaf->empty() && !value.empty()) ++frames_->at(of_table).entries;
    if (!leaf->empty() && value.empty()) --frames_->at(of_table).entries;
  }
  leaf->store(value);
}

Entry* PageTree::next_leaf_table(u64& address, u64 end) const {
  while (address < end) {
    Entry* at = &table(root_)[entry_number(level_, address)];
    u32 level = level_;
    while (level > 1 && !at->empty()) {
      if (at->has(Entry::huge)) return at;
      Entry* const lower = table(at->frame());
      if (--level == 1) return lower;
      at = &lower[entry_number(level, address)];
    }
    address = align_down(address, entry_reach(level)) + entry_reach(level);
  }
  return nullptr;
}

void PageTree::prune(u64 begin, u64 end, Batch& batch) {
  if (begin < end) prune_table(root_, level_, begin, end, batch);
}

void PageTree::prune_table(PhysAddr frame, u32 level, u64 begin, u64 end, Batch& batch) {
  u64 const reach = entry_reach(level);
  for (u64 address = begin; address < end; address = align_down(address, reach) + reach) {
    Entry& entry = table(frame)[entry_number(level, address)];
    if (entry.empty() || entry.has(Entry::huge)) continue;
    PhysAddr const lower = entry.frame();
    if (level > 2) prune_table(lower, level - 1, address, std::min(end, align_down(address, reach) + reach), batch);
    if (frames_->at(lower).entries != 0) continue;
    hook(&entry, level, Entry{});
    batch.add(align_down(address, page_bytes), lower);
  }
}

}  // namespace hinge::nucleus::mm
