// The tree of regions: finding, splitting, merging, placing. Page tables follow in space_pages.cpp.
#include <algorithm>
#include <utility>

#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus::mm {

Result<u64> range_end(u64 address, u64 bytes) {
  if (address % page_bytes != 0 || bytes == 0 || address >= layout::user_end || bytes > layout::user_end - address)
    return fail(Error::invalid);
  return align_up(address + bytes, page_bytes);
}

Space::Iterator Space::first_after(u64 address) {
  Iterator const above = regions_.upper_bound(address);
  if (above == regions_.begin()) return above;
  Iterator const below = std::prev(above);
  return below->end > address ? below : above;
}

Region* Space::region_at(u64 address) {
  Iterator const it = first_after(address);
  return it != regions_.end() && it->begin <= address ? &*it : nullptr;
}

bool Space::is_free(u64 begin, u64 end) {
  Iterator const it = first_after(begin);
  return it == regions_.end() || it->begin >= end;
}

bool Space::is_covered(u64 begin, u64 end) {
  for (Iterator it = first_after(begin); it != regions_.end() && it->begin <= begin; ++it) {
    begin = it->end;
    if (begin >= end) return true;
  }
  return false;
}

Result<u64> Space::find_gap(u64 bytes) {
  u64 top = layout::user_end - layout::stack_area_bytes;
  for (Iterator it = regions_.lower_bound(top); it != regions_.begin();) {
    --it;
    if (it->end <= top && top - it->end >= bytes) return top - bytes;
    top = std::min(top, it->grows_down() ? std::min(it->kind.lowest, it->begin) : it->begin);
  }
  if (top < layout::user_begin || top - layout::user_begin < bytes) return fail(Error::no_memory);
  return top - bytes;
}

Result<u64> Space::choose_place(Mapping const& m, u64 bytes) {
  if (has(m.flags, MapFlag::fixed) || has(m.flags, MapFlag::fixed_noreplace)) {
    u64 const end = TRY(range_end(m.address, bytes));
    if (m.address < layout::user_begin) return fail(Error::not_permitted);
    if (has(m.flags, MapFlag::fixed_noreplace) && !is_free(m.address, end)) return fail(Error::exists);
    return m.address;
  }
  u64 const wish = align_down(m.address, page_bytes);
  if (wish >= layout::user_begin)
    if (auto const end = range_end(wish, bytes); end && is_free(wish, *end)) return wish;
  return find_gap(bytes);
}

Result<Region*> Space::make_region(u64 begin, u64 end, RegionKind const& kind, Ref<Object> object, u64 offset) {
  return memory_.regions.make(account_, *this, begin, end, kind, std::move(object), offset);
}

Region& Space::link(Region& region, Region const* like) {
  regions_.insert(region);
  if (region.object) region.object->attach(region, like);
  return region;
}

Result<Region*> Space::insert(u64 begin, u64 end, RegionKind const& kind, Ref<Object> object, u64 offset, Region const* like) {
  return &link(*TRY(make_region(begin, end, kind, std::move(object), offset)), like);
}

void Space::erase(Region& region, Region* into) {
  regions_.erase(regions_.iterator_to(region));
  if (region.object) region.object->detach(region, into);
  memory_.regions.destroy(&region);
}

Region& Space::merge_around(Region& region) {
  Region* merged = &region;
  Iterator const it = regions_.iterator_to(region);
  if (it != regions_.begin()) {
    if (Region& below = *std::prev(it); below.continues(region)) {
      below.end = region.end;
      erase(region, &below);
      merged = &below;
    }
  }
  // More than one may follow: what was split before a change can be whole again after it.
  for (Iterator next = std::next(regions_.iterator_to(*merged)); next != regions_.end() && merged->continues(*next);) {
    Region& gone = *next++;
    merged->end = gone.end;
    erase(gone, merged);
  }
  return *merged;
}

Result<> Space::split_at(u64 address) {
  Region* const region = region_at(address);
  if (!region || region->begin == address) return ok;
  u64 const end = std::exchange(region->end, address);
  auto const upper = insert(address, end, region->kind, region->object, region->offset + (address - region->begin), region);
  if (upper) return ok;
  region->end = end;
  return fail(upper.error());
}

Result<> Space::isolate(u64 begin, u64 end) {
  TRY(split_page(begin));
  TRY(split_page(end));
  TRY(split_at(begin));
  auto const done = split_at(end);
  if (done) return ok;
  if (Region* const region = region_at(begin)) merge_around(*region);
  return done;
}

void Space::remove_range(u64 begin, u64 end) {
  Batch batch{memory_.frames, memory_.tlb, cpus_};
  release_pages(begin, end, batch);
  for (Iterator it = first_after(begin); it != regions_.end() && it->begin < end;) erase(*it++);
}

Result<> Space::grow_stack(u64 address) {
  static constexpr u64 guard_bytes = 16 * page_bytes;  // So that a stack does not silently run into its neighbour.
  Iterator const above = regions_.upper_bound(address);
  if (above == regions_.end() || !above->grows_down() || address < above->kind.lowest) return fail(Error::bad_address);
  u64 const begin = align_down(address, page_bytes);
  if (above != regions_.begin() && std::prev(above)->end + guard_bytes > begin) return fail(Error::bad_address);
  above->begin = begin;  // The tree's order stays: nothing lies between.
  return ok;
}

void Space::describe(Region const& region, RegionInfo& info) {
  RegionKind const& kind = region.kind;
  info = {.begin = region.begin, .end = region.end, .protection = kind.protection, .maximum = kind.maximum,
          .flags = kind.flags, .object = kind.object_handle,
          .offset = region.grows_down() ? kind.lowest : region.offset,
          .opaque = {kind.opaque[0], kind.opaque[1]}, .resident = 0};
}

}  // namespace hinge::nucleus::mm
