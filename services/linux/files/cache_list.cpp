// Reclaim: a clock over all read caches. A page that was used since the hand last passed gets another round.
#include <algorithm>
#include <atomic>

#include "host/pages.hpp"
#include "services/linux/files/dirty_list.hpp"

namespace hinge::linux_service {
namespace {

struct List {
  Mutex<rank::Caches> lock;
  DiskCache* first HINGE_GUARDED_BY(lock) = nullptr;  ///< The next to give way.
  DiskCache* last HINGE_GUARDED_BY(lock) = nullptr;
};
constinit List list;

constexpr u64 reserve_share = 32, least_reserve = 512, batch = 256;  ///< Of all frames; frames; frames.
constexpr u64 kept_share = 64;  ///< Of all frames.
constexpr u64 unasked_share = 4;  ///< Of the reserve.

/// Pages that rows may still take before the nucleus is asked again how much is free. Others may have taken as many meanwhile:
/// so much of the reserve, a small part, may be missing unnoticed.
constinit std::atomic<i64> unasked{0};

u64 reserve_of(u64 total) { return std::max(total / reserve_share, least_reserve); }

/// How many of these pages may go for anything but other pages of caches. What programs run from lies among them: taken to
/// the last, it would only be read again and again, and whoever has all the memory would be found too late or never.
u64 spare_of(u64 cached, u64 total) { return cached - std::min(cached, total / kept_share); }

/// Frames that anybody could have now: the machine's, or what our own limit leaves. `total`: 0 when nobody knows.
u64 free_frames(u64& total) {
  host::SystemInfo system{};
  host::SlotInfo own{};
  if (!host::system_info(&system) || !host::slot_info(host::own_slot(), &own)) return total = 0;
  total = system.frames_total;
  return std::min(system.frames_free, own.frame_limit - std::min(own.frames, own.frame_limit));
}

}  // namespace

void CacheList::add(DiskCache& cache) {
  Guard guard{list.lock};
  cache.previous_ = list.last;
  cache.next_ = nullptr;
  (list.last ? list.last->next_ : list.first) = &cache;
  list.last = &cache;
}

void CacheList::remove(DiskCache& cache) {
  Guard guard{list.lock};
  (cache.previous_ ? cache.previous_->next_ : list.first) = cache.next_;
  (cache.next_ ? cache.next_->previous_ : list.last) = cache.previous_;
}

void CacheList::make_room(u64 pages) {
  if (unasked.fetch_sub(i64(pages), std::memory_order_relaxed) >= i64(pages)) return;
  u64 total;
  u64 const free = free_frames(total), reserve = reserve_of(total);
  if (total == 0) return;
  unasked.store(i64(std::min(free - std::min(free, reserve + pages), reserve / unasked_share)), std::memory_order_relaxed);
  u64 const here = host::page_counts().free;
  u64 const missing = reserve + pages - std::min(free + here, reserve + pages);
  u64 const short_of = missing ? std::min(missing, spare_of(count(), total)) : 0;
  if (short_of && shrink(short_of + batch) < short_of && DirtyList::write_some(short_of + batch)) (void)shrink(short_of);
  // What lies about here is of use to no one else.
  if (free < reserve / 2) (void)host::trim_pages();
}

bool CacheList::leaves_reserve(u64 pages) {
  u64 total;
  u64 const free = free_frames(total) + host::page_counts().free, wanted = reserve_of(total) + pages;
  if (total == 0 || free >= wanted) return true;
  u64 const missing = wanted - free;
  return spare_of(count(), total) >= missing && shrink(missing + batch) >= missing;
}

/// Caches that come first give first; the one that gave last will be the first.
u64 CacheList::shrink(u64 pages) {
  constexpr u32 rounds = 2;  // The first takes the marks off what was used.
  u64 released = 0;
  Guard guard{list.lock};
  DiskCache* cache = list.first;
  for (u32 round = 0; round < rounds && released < pages; ++round)
    for (cache = list.first; cache; cache = cache->next_)
      if ((released += cache->shrink(pages - released)) >= pages) break;
  if (cache && cache != list.first) {
    list.last->next_ = list.first;
    list.first->previous_ = list.last;
    list.last = cache->previous_;
    list.last->next_ = cache->previous_ = nullptr;
    list.first = cache;
  }
  return released;
}

Attempt<host::PageRun> CacheList::row(u32 wanted) {
  make_room(wanted);
  host::PageRun run = host::allocate_run(wanted);
  for (u32 tries = 3; !run.first && tries; --tries) {
    if (!shrink(ReadAhead::largest) && (!DirtyList::write_some(ReadAhead::largest) || !shrink(ReadAhead::largest))) break;
    run = host::allocate_run(wanted);
  }
  if (!run.first) return fail(Errno::no_memory);
  return run;
}

u64 CacheList::release(u64 pages) {
  u64 total;
  (void)free_frames(total);
  pages = std::min(pages, spare_of(count(), total));
  if (pages && shrink(pages) < pages && DirtyList::write_some(pages)) (void)shrink(pages);
  return host::trim_pages();
}

u64 CacheList::count() {
  u64 pages = 0;
  Guard guard{list.lock};
  for (DiskCache* cache = list.first; cache; cache = cache->next_) pages += cache->count();
  return pages;
}

}  // namespace hinge::linux_service
