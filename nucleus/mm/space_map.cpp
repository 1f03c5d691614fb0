// The native calls that change regions: validate, change the tree, then the pages.
#include <algorithm>
#include <utility>

#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus::mm {

namespace {

constexpr u32 known_flags = u32(MapFlag::shared) | u32(MapFlag::fixed) | u32(MapFlag::fixed_noreplace) |
                            u32(MapFlag::grows_down) | u32(MapFlag::populate) | u32(MapFlag::large_pages);
constexpr u32 region_flags = u32(MapFlag::shared) | u32(MapFlag::grows_down) | u32(MapFlag::large_pages);
constexpr u32 private_anonymous = u32(MapFlag::grows_down) | u32(MapFlag::large_pages);
constexpr u32 all_protections = u32(Protection::read) | u32(Protection::write) | u32(Protection::execute);
constexpr u64 default_stack_bytes = u64{8} << 20;

Result<> check(Mapping const& m, Object const* object) {
  if (m.bytes == 0 || m.bytes > layout::user_end || (m.flags & ~known_flags) != 0) return fail(Error::invalid);
  if ((u32(m.maximum) & ~all_protections) != 0) return fail(Error::invalid);
  if (!has(m.maximum, m.protection)) return fail(Error::access);
  bool const shared = has(m.flags, MapFlag::shared);
  if ((m.flags & private_anonymous) != 0 && (shared || object)) return fail(Error::invalid);
  if (!object) return ok;
  if (m.offset % page_bytes != 0 || m.offset > Object::max_bytes) return fail(Error::invalid);
  // A private copy is made through the direct map, where device memory is not.
  if (object->physical() && !shared) return fail(Error::not_supported);
  return ok;
}

}  // namespace

Result<u64> Space::map(Mapping const& m, Object* object) {
  TRY(check(m, object));
  u64 const bytes = align_up(m.bytes, page_bytes);
  RegionKind kind{.protection = m.protection, .maximum = m.maximum, .flags = m.flags & region_flags,
                  .object_handle = object ? m.object.raw() : 0, .opaque = {m.opaque[0], m.opaque[1]}};
  Ref<Object> backing;
  if (object) backing = Ref<Object>{*object};
  else if (has(m.flags, MapFlag::shared)) backing = TRY(Object::create(memory_, account_, ObjectKind::anonymous, bytes));

  Guard guard{lock_};
  u64 const begin = TRY(choose_place(m, bytes));
  u64 const end = begin + bytes;
  if (has(m.flags, MapFlag::grows_down)) {
    u64 const usual = end > layout::user_begin + default_stack_bytes ? end - default_stack_bytes : layout::user_begin;
    kind.lowest = std::max(m.offset != 0 ? align_up(m.offset, page_bytes) : usual, layout::user_begin);
  }
  Region* const fresh = TRY(make_region(begin, end, kind, std::move(backing), object ? m.offset : 0));
  if (has(m.flags, MapFlag::fixed)) {
    if (auto const done = isolate(begin, end); !done) {
      memory_.regions.destroy(fresh);
      return fail(done.error());
    }
    remove_range(begin, end);
  }
  Region& region = merge_around(link(*fresh, nullptr));
  if (has(m.flags, MapFlag::populate) && m.protection != Protection::none) {
    Access const access = has(m.protection, Protection::write) ? Access::write : Access::read;
    for (u64 at = begin; at < std::min(end, begin + step_pages * page_bytes); at += page_bytes)
      if (!serve(region, at, access, false)) break;
  }
  return begin;
}

Result<> Space::unmap(u64 address, u64 bytes) {
  u64 const end = TRY(range_end(address, bytes));
  Guard guard{lock_};
  TRY(isolate(address, end));
  remove_range(address, end);
  return ok;
}

Result<> Space::protect(u64 address, u64 bytes, Protection protection) {
  u64 const end = TRY(range_end(address, bytes));
  if ((u32(protection) & ~all_protections) != 0) return fail(Error::invalid);
  Guard guard{lock_};
  if (!is_covered(address, end)) return fail(Error::not_found);
  for (Iterator it = first_after(address); it != regions_.end() && it->begin < end; ++it)
    if (!has(it->kind.maximum, protection)) return fail(Error::access);
  TRY(isolate(address, end));
  Batch batch{memory_.frames, memory_.tlb, cpus_};
  for (Iterator it = first_after(address); it != regions_.end() && it->begin < end;) {
    if (it->kind.protection != protection) {
      it->kind.protection = protection;
      protect_pages(*it, batch);
    }
    it = std::next(regions_.iterator_to(merge_around(*it)));
  }
  return ok;
}

Result<> Space::discard(u64 address, u64 bytes) {
  u64 const end = TRY(range_end(address, bytes));
  Guard guard{lock_};
  TRY(split_page(address));
  TRY(split_page(end));
  Batch batch{memory_.frames, memory_.tlb, cpus_};
  release_pages(address, end, batch);
  if (!is_covered(address, end)) return fail(Error::not_found);
  return ok;
}

Result<> Space::query(u64 address, RegionInfo& info, bool count) {
  Guard guard{lock_};
  Iterator const it = first_after(address);
  if (it == regions_.end()) return fail(Error::not_found);
  describe(*it, info);
  if (count) info.resident = count_resident(it->begin, it->end);
  return ok;
}

Result<u64> Space::remap(u64 from, u64 old_bytes, u64 to, u64 new_bytes, bool may_move) {
  u64 old_end = TRY(range_end(from, old_bytes));
  u64 const bytes = TRY(range_end(from, new_bytes)) - from;
  if (to != 0) {
    u64 const to_end = TRY(range_end(to, new_bytes));
    if (to < layout::user_begin || (to < old_end && from < to_end)) return fail(Error::invalid);
  }
  Guard guard{lock_};
  Region* region = region_at(from);
  if (!region || region->end < old_end) return fail(Error::bad_address);
  if (from + bytes < old_end) {
    TRY(isolate(from + bytes, old_end));
    remove_range(from + bytes, old_end);
    old_end = from + bytes;
  }
  if (to == 0) {
    if (from + bytes == old_end) return from;
    if (region->end == old_end && is_free(old_end, from + bytes)) {
      region->end = from + bytes;
      merge_around(*region);
      return from;
    }
    if (!may_move) return fail(Error::no_memory);
    to = TRY(find_gap(bytes));
  }
  TRY(isolate(to, to + bytes));
  remove_range(to, to + bytes);
  TRY(isolate(from, old_end));
  region = region_at(from);
  RegionKind kind = region->kind;
  kind.flags &= ~u32(MapFlag::grows_down);
  kind.lowest = 0;
  Region* const moved = TRY(insert(to, to + bytes, kind, region->object, region->offset, region));
  if (auto const done = move_pages(from, to, old_end - from); !done) {
    remove_range(to, to + bytes);
    return fail(done.error());
  }
  remove_range(from, old_end);
  merge_around(*moved);
  return to;
}

}  // namespace hinge::nucleus::mm
