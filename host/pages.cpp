// The page area is cut into chunks of 64 pages with a bit a page in three words. The chunk table lies at the head of the
// area, committed as it grows, apart from the pages themselves: their contents belong to files. Chunks with a free
// page are on a list; a chunk that falls wholly free keeps its frames only while it is the only such one.
#include "host/pages.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "host/image.hpp"
#include "host/mutex.hpp"

namespace hinge::host {
namespace {

struct PagesRank { static constexpr u32 level = 62; };

constexpr u32 chunk_pages = 64;
constexpr u64 chunk_bytes = chunk_pages * page_bytes;
constexpr u32 commit_pages = 16;     ///< Frames asked for at once.
constexpr u32 none = ~u32{0};
constexpr u64 all = ~u64{0};

struct Chunk {
  u64 free;       ///< Pages without an owner.
  u64 committed;  ///< Pages with a frame.
  u64 clean;      ///< Committed pages that are zero still.
  u32 next, previous;
};

constexpr u64 table_bytes = u64{64} << 20;
constexpr u32 max_chunks = (layout::entry_bytes - layout::slot_pages - table_bytes) / chunk_bytes;
static_assert(u64{max_chunks} * sizeof(Chunk) <= table_bytes);

struct Area {
  Mutex<PagesRank> lock;
  u32 chunks HINGE_GUARDED_BY(lock) = 0;        ///< Of the table, initialised.
  u32 with_room HINGE_GUARDED_BY(lock) = none;  ///< First chunk with a free page.
  u32 wholly_free HINGE_GUARDED_BY(lock) = 0;   ///< Chunks without an owned page that hold frames.
  u64 used HINGE_GUARDED_BY(lock) = 0;
  u64 frames HINGE_GUARDED_BY(lock) = 0;
};
constinit Area area;

u64 area_base() { return own_slot_base() + layout::slot_pages; }
Chunk& chunk(u32 index) { return reinterpret_cast<Chunk*>(area_base())[index]; }
u64 address_of(u32 index, u32 page) { return area_base() + table_bytes + index * chunk_bytes + page * page_bytes; }

void link(u32 index) HINGE_REQUIRES(area.lock) {
  Chunk& c = chunk(index);
  c.previous = none;
  c.next = area.with_room;
  if (c.next != none) chunk(c.next).previous = index;
  area.with_room = index;
}

void unlink(u32 index) HINGE_REQUIRES(area.lock) {
  Chunk& c = chunk(index);
  (c.previous != none ? chunk(c.previous).next : area.with_room) = c.next;
  if (c.next != none) chunk(c.next).previous = c.previous;
}

bool add_chunk() HINGE_REQUIRES(area.lock) {
  if (area.chunks == max_chunks) return false;
  u64 const begin = area_base() + align_down(area.chunks * sizeof(Chunk), page_bytes);
  u64 const end = area_base() + align_up((area.chunks + 1) * sizeof(Chunk), page_bytes);
  if (!memory_commit(no_handle, begin, end - begin, Protection::read | Protection::write)) return false;
  u32 const index = area.chunks++;
  chunk(index) = Chunk{all, 0, 0, none, none};
  link(index);
  return true;
}

/// Gives frames to `page` and its neighbours up to the next group; to `page` alone when frames are short.
bool commit(u32 index, u32 page) HINGE_REQUIRES(area.lock) {
  Chunk& c = chunk(index);
  u32 const end = u32(align_up(page + 1, commit_pages));
  for (u32 to : {end, page + 1}) {
    u64 const group = (to == chunk_pages ? 0 : u64{1} << to) - (u64{1} << page);
    if (c.committed & group & ~(u64{1} << page)) continue;  // Some have frames already: they may hold data.
    if (!memory_commit(no_handle, address_of(index, page), (to - page) * page_bytes, Protection::read | Protection::write)) {
      (void)memory_release(no_handle, address_of(index, page), (to - page) * page_bytes);
      continue;
    }
    c.committed |= group;
    c.clean |= group;
    area.frames += to - page;
    return true;
  }
  return false;
}

/// Ones for `count` pages from `first` on.
constexpr u64 run_mask(u32 first, u32 count) { return (count == chunk_pages ? all : (u64{1} << count) - 1) << first; }

/// The longest row of ones in `free`, cut to `wanted`.
struct Row { u32 first, count; };
Row longest_row(u64 free, u32 wanted) {
  Row best{0, 0};
  for (u32 at = 0; at < chunk_pages && best.count < wanted;) {
    u64 const rest = free >> at;
    if (!rest) break;
    at += u32(std::countr_zero(rest));
    u32 const count = u32(std::countr_one(free >> at));
    if (count > best.count) best = {at, std::min(count, wanted)};
    at += count;
  }
  return best;
}

/// Gives frames to those pages of the row that have none; returns how many from its start on have one then.
u32 commit_row(u32 index, Row row) HINGE_REQUIRES(area.lock) {
  Chunk& c = chunk(index);
  u32 const end = row.first + row.count;
  for (u32 at = row.first; at < end;) {
    u32 const there = std::min(u32(std::countr_one(c.committed >> at)), end - at);
    at += there;
    if (at == end) break;
    u32 const missing = std::min(c.committed >> at ? u32(std::countr_zero(c.committed >> at)) : chunk_pages, end - at);
    if (!memory_commit(no_handle, address_of(index, at), missing * page_bytes, Protection::read | Protection::write)) {
      (void)memory_release(no_handle, address_of(index, at), missing * page_bytes);
      return at - row.first;
    }
    c.committed |= run_mask(at, missing);
    c.clean |= run_mask(at, missing);
    area.frames += missing;
    at += missing;
  }
  return row.count;
}

/// Takes the frames of the chunk's free pages away, run by run. Returns how many.
u64 release_free(u32 index) HINGE_REQUIRES(area.lock) {
  Chunk& c = chunk(index);
  u64 released = 0;
  for (u64 left = c.free & c.committed; left;) {
    u32 const first = u32(std::countr_zero(left));
    u32 const count = u32(std::countr_one(left >> first));
    u64 const run = run_mask(first, count);
    (void)memory_release(no_handle, address_of(index, first), count * page_bytes);
    c.committed &= ~run;
    c.clean &= ~run;
    left &= ~run;
    released += count;
  }
  area.frames -= released;
  return released;
}

}  // namespace

void* allocate_page(Contents contents) {
  u64 at;
  bool clean;
  {
    Guard guard{area.lock};
    if (area.with_room == none && !add_chunk()) return nullptr;
    u32 const index = area.with_room;
    Chunk& c = chunk(index);
    u64 const ready = c.free & c.committed;
    u32 const page = u32(std::countr_zero(ready ? ready : c.free));
    if (!ready && !commit(index, page)) return nullptr;
    if (c.free == all && ready) --area.wholly_free;
    u64 const bit = u64{1} << page;
    clean = c.clean & bit;
    c.free &= ~bit;
    c.clean &= ~bit;
    if (!c.free) unlink(index);
    ++area.used;
    at = address_of(index, page);
  }
  auto* const memory = reinterpret_cast<void*>(at);
  if (contents == Contents::zero && !clean) std::memset(memory, 0, page_bytes);
  return memory;
}

PageRun allocate_run(u32 pages) {
  constexpr u32 looked_at = 8;
  Guard guard{area.lock};
  u32 best = none;
  Row row{0, 0};
  u32 seen = 0;
  for (u32 i = area.with_room; i != none && seen < looked_at && row.count < pages; i = chunk(i).next, ++seen)
    if (Row const here = longest_row(chunk(i).free, pages); here.count > row.count) row = here, best = i;
  if (row.count * 2 <= pages && add_chunk()) best = area.with_room, row = {0, pages};
  if (best == none) return {nullptr, 0};
  Chunk& c = chunk(best);
  bool const was_spare = c.free == all && c.committed;
  row.count = commit_row(best, row);
  if (row.count == 0) return {nullptr, 0};
  if (was_spare) --area.wholly_free;
  u64 const taken = run_mask(row.first, row.count);
  c.free &= ~taken;
  c.clean &= ~taken;
  if (!c.free) unlink(best);
  area.used += row.count;
  return {reinterpret_cast<char*>(address_of(best, row.first)), row.count};
}

void free_page(void* memory) {
  u64 const offset = reinterpret_cast<u64>(memory) - area_base() - table_bytes;
  u32 const index = u32(offset / chunk_bytes), page = u32(offset % chunk_bytes / page_bytes);
  Guard guard{area.lock};
  Chunk& c = chunk(index);
  if (!c.free) link(index);
  c.free |= u64{1} << page;
  --area.used;
  if (c.free != all) return;
  if (area.wholly_free == 0) ++area.wholly_free;
  else (void)release_free(index);
}

u64 trim_pages() {
  Guard guard{area.lock};
  u64 released = 0;
  for (u32 i = area.with_room; i != none; i = chunk(i).next) released += release_free(i);
  area.wholly_free = 0;
  return released;
}

PageCounts page_counts() {
  Guard guard{area.lock};
  return {area.used, area.frames - area.used};
}

}  // namespace hinge::host
