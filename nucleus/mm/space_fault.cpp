// Faults: from the region's meaning to a leaf entry. No policy here: what only the holder can fill is not_present.
#include <cstring>

#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus::mm {

Result<> Space::fault(u64 address, Access access) {
  Guard guard{lock_};
  Region* const region = TRY(region_for_access(address));
  TRY(serve(*region, align_down(address, page_bytes), access, false));
  return ok;
}

Result<> Space::resolve(u64 address, bool write, RegionInfo* info) {
  Guard guard{lock_};
  Region* const region = TRY(region_for_access(address));
  auto const served = serve(*region, align_down(address, page_bytes), write ? Access::write : Access::read, false);
  if (info) describe(*region, *info);
  if (!served) return fail(served.error());
  return ok;
}

Result<Region*> Space::region_for_access(u64 address) {
  if (address >= layout::user_end) return fail(Error::bad_address);
  if (Region* const region = region_at(address)) return region;
  TRY(grow_stack(address));
  return region_at(address);
}

Result<Entry*> Space::serve(Region& region, u64 address, Access access, bool force) {
  Protection const p = region.kind.protection;
  bool const write = access == Access::write;
  bool const allowed = write ? has(p, Protection::write)
                     : access == Access::execute ? has(p, Protection::execute) : p != Protection::none;
  if (!allowed && (!force || (write && region.shared()))) return fail(Error::access);

  if (write && has(region.kind.flags, MapFlag::large_pages)) fill_huge(region, address);
  Entry* const leaf = TRY(tree_.reach(address, account_));
  if (leaf->empty()) TRY(fill(region, address, leaf, write));
  else if (write && !leaf->has(Entry::present | Entry::writable)) TRY(make_own(region, address, leaf));
  else if (allowed && !leaf->has(Entry::present))
    leaf->store(Entry::leaf(leaf->frame(), leaf_protection(region, *leaf), leaf->raw & Entry::extra_bits));
  else memory_.tlb.flush_here(address);  // Spurious: another CPU has served it, or this one remembers the old entry.
  return leaf;
}

void Space::fill_huge(Region& region, u64 address) {
  u64 const begin = align_down(address, huge_bytes);
  if (begin < region.begin || begin + huge_bytes > region.end) return;
  auto const entry = tree_.reach(address, account_, 2);
  if (!entry || !(*entry)->empty() || !memory_.frames.plenty() || !account_.plenty(huge_bytes / page_bytes)) return;
  if (auto const block = memory_.frames.allocate_block(account_, huge_order))
    tree_.set(*entry, Entry::leaf(*block, region.kind.protection, Entry::huge));
}

Result<> Space::fill(Region& region, u64 address, Entry* leaf, bool write) {
  Frames& frames = memory_.frames;
  if (!region.object) {
    tree_.set(leaf, Entry::leaf(TRY(frames.allocate(account_)), region.kind.protection));
    return ok;
  }
  auto const [page, guarded] = TRY(region.object->page(region.page_of(address)));
  if (write && region.shared() && guarded) {
    frames.drop(page);
    return fail(Error::not_present);
  }
  if (!write || region.shared()) {
    Entry const bits{region.object->entry_bits() | (guarded ? Entry::guarded : 0)};
    tree_.set(leaf, Entry::leaf(page, leaf_protection(region, bits), bits.raw));
    fill_around(region, address, leaf);
    return ok;
  }
  auto const own = frames.allocate(account_, Fill::none);
  if (own) {
    std::memcpy(frame_pointer(*own), frame_pointer(page), page_bytes);
    tree_.set(leaf, Entry::leaf(*own, region.kind.protection));
  }
  frames.drop(page);
  if (!own) return fail(own.error());
  return ok;
}

void Space::fill_around(Region& region, u64 address, Entry* leaf) {
  static constexpr u64 around = 16 * page_bytes;  // Aligned, so all entries are in one table.
  u64 const base = align_down(address, around);
  for (u64 at = base; at < base + around; at += page_bytes) {
    Entry* const neighbour = leaf + (static_cast<i64>(at - address) / static_cast<i64>(page_bytes));
    if (at < region.begin || at >= region.end || !neighbour->empty()) continue;
    if (auto const page = region.object->page(region.page_of(at), false)) {
      Entry const bits{region.object->entry_bits() | (page->guarded ? Entry::guarded : 0)};
      tree_.set(neighbour, Entry::leaf(page->frame, leaf_protection(region, bits), bits.raw));
    }
  }
}

Result<> Space::make_own(Region& region, u64 address, Entry* leaf) {
  Frames& frames = memory_.frames;
  Entry old = *leaf;
  if (region.shared() && old.has(Entry::guarded)) {
    auto const [page, guarded] = TRY(region.object->page(region.page_of(address), false));  // The holder may have agreed by now.
    frames.drop(page);
    if (guarded) return fail(Error::not_present);
    old.raw &= ~Entry::guarded;
  }
  if (region.shared() || (!old.has(Entry::of_object) && frames.shares(old.frame()) == 1)) {
    leaf->store(Entry::leaf(old.frame(), leaf_protection(region, old), old.raw & Entry::extra_bits));
    memory_.tlb.flush_here(address);
    return ok;
  }
  PhysAddr const own = TRY(frames.allocate(account_, Fill::none));
  std::memcpy(frame_pointer(own), frame_pointer(old.frame()), page_bytes);
  leaf->store(Entry::leaf(own, region.kind.protection));
  Batch batch{frames, memory_.tlb, cpus_};
  batch.add(address, old.frame());
  return ok;
}

}  // namespace hinge::nucleus::mm
