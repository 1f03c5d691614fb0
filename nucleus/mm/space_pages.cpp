// Page-table work on ranges of a space: releasing, withdrawing, protecting, moving, cloning.
#include <algorithm>

#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus::mm {

void Space::release_pages(u64 begin, u64 end, Batch& batch) {
  tree_.visit(begin, end, [&](u64 address, Entry& leaf) {
    Entry const old = leaf;
    tree_.clear(&leaf);
    if (old.has(Entry::uncounted)) batch.note(address);
    else batch.add(address, old.frame(), old.bytes());
    return true;
  });
  tree_.prune(begin, end, batch);
}

void Space::withdraw_pages(Region& region, u64 first, u64 pages) {
  u64 const region_first = region.page_of(region.begin), region_last = region.page_of(region.end);
  if (first >= region_last || first + pages <= region_first) return;
  u64 const begin = region.begin + (std::max(first, region_first) - region_first) * page_bytes;
  u64 const end = region.begin + (std::min(first + pages, region_last) - region_first) * page_bytes;
  Batch batch{memory_.frames, memory_.tlb, cpus_};
  tree_.visit(begin, end, [&](u64 address, Entry& leaf) {
    if (!leaf.has(Entry::of_object)) return true;  // Already a private copy.
    Entry const old = leaf;
    tree_.clear(&leaf);
    batch.add(address, old.frame());
    return true;
  });
}

Protection Space::leaf_protection(Region const& region, Entry leaf) const {
  Protection const p = region.kind.protection;
  if ((region.shared() && !leaf.has(Entry::guarded)) || !has(p, Protection::write)) return p;
  bool const alone = !leaf.has(Entry::of_object) && memory_.frames.shares(leaf.frame()) == 1;
  // Reading is implied by any access, so a page that is not to be written yet is still there.
  return alone ? p : Protection(u32(p) & ~u32(Protection::write)) | Protection::read;
}

void Space::protect_pages(Region const& region, Batch& batch) {
  tree_.visit(region.begin, region.end, [&](u64 address, Entry& leaf) {
    leaf.store(Entry::leaf(leaf.frame(), leaf_protection(region, leaf), leaf.raw & Entry::extra_bits));
    batch.note(address, leaf.bytes());
    return true;
  });
}

u64 Space::count_resident(u64 begin, u64 end) {
  u64 count = 0;
  tree_.visit(begin, end, [&](u64, Entry& leaf) {
    count += leaf.bytes() / page_bytes;
    return true;
  });
  return count;
}

Result<> Space::split_page(u64 address) {
  if (address % huge_bytes == 0) return ok;
  Entry* const at = tree_.find(address);
  return at && at->has(Entry::huge) ? split_page(*at, align_down(address, huge_bytes)) : Result<>{ok};
}

Result<> Space::split_page(Entry& huge, u64 address) {
  PhysAddr const table = TRY(memory_.frames.allocate(account_, Fill::none));
  Entry const old = huge;
  memory_.frames.split(old.frame());
  for (u64 i = 0; i < table_entries; ++i)
    frame_pointer<Entry>(table)[i] = {(old.raw & ~Entry::huge) + i * page_bytes};
  memory_.frames.at(table).entries = table_entries;
  // Forgotten before its parts are there: no processor may know a page in two sizes.
  huge.store(Entry{});
  Batch batch{memory_.frames, memory_.tlb, cpus_};
  batch.note(address, huge_bytes);
  batch.flush();
  huge.store(Entry::table(table));
  return ok;
}

Result<> Space::split_pages(u64 begin, u64 end) {
  Entry* huge = nullptr;
  for (u64 at = begin; at < end;) {
    at = tree_.visit(at, end, [&](u64, Entry& leaf) { return !(huge = leaf.has(Entry::huge) ? &leaf : nullptr); });
    if (at < end) TRY(split_page(*huge, at));
  }
  return ok;
}

Result<> Space::move_pages(u64 from, u64 to, u64 bytes) {
  TRY(split_pages(from, from + bytes));
  Error problem = Error::none;
  tree_.visit(from, from + bytes, [&](u64 address, Entry&) {
    if (auto const place = tree_.reach(to + (address - from), account_); !place) problem = place.error();
    return problem == Error::none;
  });
  if (problem != Error::none) return fail(problem);
  Batch batch{memory_.frames, memory_.tlb, cpus_};
  tree_.visit(from, from + bytes, [&](u64 address, Entry& leaf) {
    tree_.set(tree_.find(to + (address - from)), leaf);
    tree_.clear(&leaf);
    batch.note(address);
    return true;
  });
  return ok;
}

Result<> Space::clone_pages(Space& child, u64 begin, u64& end, u32& budget, Batch& batch) {
  Error problem = Error::none;
  Entry* to = nullptr;
  u64 to_address = 0;  // Of `to`: a leaf table is looked up once.
  Entry* huge = nullptr;
  u64 const stop = tree_.visit(begin, end, [&](u64 address, Entry& leaf) {
    if (leaf.has(Entry::huge)) huge = &leaf;
    if (budget == 0 || huge) return false;
    --budget;
    if (leaf.has(Entry::of_object)) return true;  // The child asks the object when it needs the page.
    if (to && to_address / entry_reach(2) == address / entry_reach(2)) {
      to += (address - to_address) / page_bytes;
    } else {
      auto const reached = child.tree_.reach(address, child.account_);
      if (!reached) { problem = reached.error(); return false; }
      to = *reached;
    }
    to_address = address;
    memory_.frames.share(leaf.frame());
    Entry const common{leaf.raw & ~(Entry::writable | Entry::accessed | Entry::dirty)};
    if (leaf.has(Entry::writable)) {
      leaf.store(common);
      batch.note(address);
    }
    child.tree_.set(to, common);
    return true;
  });
  if (problem != Error::none) return fail(problem);
  if (huge) TRY(split_page(*huge, stop));  // Small pages are shared; the next round finds them.
  end = stop;
  return ok;
}

Result<bool> Space::clone_step(Space& child, CloneProgress& progress) {
  Guard guard{lock_};
  Guard child_guard{child.lock_};
  Batch batch{memory_.frames, memory_.tlb, cpus_};
  u32 budget = step_pages;
  while (budget != 0) {
    Iterator const it = first_after(progress.next);
    if (it == regions_.end()) return true;
    u64 const begin = std::max(progress.next, it->begin);
    // The part is inserted as a whole, so that pages are always inside a region, and shortened when the budget ends.
    Region* const part = TRY(child.insert(begin, it->end, it->kind, it->object, it->offset + (begin - it->begin), nullptr));
    u64 end = it->end;
    auto const copied = clone_pages(child, begin, end, budget, batch);
    if (!copied) return fail(copied.error());
    progress.next = end;
    if (end == begin) child.erase(*part);
    else {
      part->end = end;
      child.merge_around(*part);
    }
  }
  return false;
}

}  // namespace hinge::nucleus::mm
