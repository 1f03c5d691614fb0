#include "services/linux/files/dirty_list.hpp"

#include <algorithm>

#include "services/linux/files/flusher.hpp"

namespace hinge::linux_service {
namespace {

struct List {
  Mutex<rank::DirtyCaches> lock;
  DiskCache* first HINGE_GUARDED_BY(lock) = nullptr;
  DiskCache* last HINGE_GUARDED_BY(lock) = nullptr;
  u64 numbers HINGE_GUARDED_BY(lock) = 0;  ///< Given so far; the list is in their order.
};
constinit List list;
constinit std::atomic<i64> dirty_pages{0};
constinit std::atomic<u64> most_dirty{~u64{0}};  ///< Written at start.

constexpr u64 least_limit = 256, share = 256;   ///< Pages; pages that a writer over the limit writes at a time.

}  // namespace

void DirtyList::set_limit(u64 pages) { most_dirty.store(pages < least_limit ? least_limit : pages, std::memory_order_relaxed); }

void DirtyList::add(DiskCache& cache) {
  Guard guard{list.lock};
  if (cache.dirty_number_) return;
  cache.source_.hold();
  cache.dirty_number_ = ++list.numbers;
  cache.next_dirty_ = nullptr;
  cache.previous_dirty_ = list.last;
  (list.last ? list.last->next_dirty_ : list.first) = &cache;
  list.last = &cache;
  Flusher::wake();
}

void DirtyList::count(i64 pages) { dirty_pages.fetch_add(pages, std::memory_order_relaxed); }

u64 DirtyList::pages() { return u64(std::max<i64>(dirty_pages.load(std::memory_order_relaxed), 0)); }

/// The first with a number above `after`, which becomes its number, up to `until`; held for the caller.
DiskCache* DirtyList::next(Superblock const* of, u64& after, u64 until) {
  Guard guard{list.lock};
  for (DiskCache* c = list.first; c && c->dirty_number_ <= until; c = c->next_dirty_) {
    if (c->dirty_number_ <= after || (of && c->source_.filesystem() != of)) continue;
    c->source_.hold();
    after = c->dirty_number_;
    return c;
  }
  return nullptr;
}

void DirtyList::take_off_if_clean(DiskCache& cache) {
  {
    Guard pages{cache.lock_};
    if (cache.dirty_count() || cache.writing_) return;
    Guard guard{list.lock};
    if (!cache.dirty_number_) return;
    (cache.previous_dirty_ ? cache.previous_dirty_->next_dirty_ : list.first) = cache.next_dirty_;
    (cache.next_dirty_ ? cache.next_dirty_->previous_dirty_ : list.last) = cache.previous_dirty_;
    cache.dirty_number_ = 0;
    cache.give_spare_back();
  }
  cache.source_.let_go();  // The caller holds it too.
}

/// Returns how many pages were written. Errors are the cache's to remember.
u64 DirtyList::write_one(DiskCache& cache, u64 most) {
  u64 const before = cache.dirty_count();
  if (cache.source_.abandoned()) cache.discard(0, PageTree::max_pages);
  else (void)cache.write_back(0, PageTree::max_pages, most);
  cache.source_.finish();
  u64 const after = cache.dirty_count();
  take_off_if_clean(cache);
  return before > after ? before - after : 0;
}

void DirtyList::write_back(Superblock const* of) {
  u64 after = 0, until;
  {
    Guard guard{list.lock};
    until = list.numbers;
  }
  while (DiskCache* const cache = next(of, after, until)) {
    (void)write_one(*cache, ~u64{0});
    cache->source_.let_go();
  }
}

u64 DirtyList::write_some(u64 most) {
  u64 written = 0;
  for (u64 after = 0; written < most;) {
    DiskCache* const cache = next(nullptr, after, ~u64{0});
    if (!cache) break;
    written += write_one(*cache, most - written);
    cache->source_.let_go();
  }
  return written;
}

void DirtyList::throttle() {
  u64 const limit = most_dirty.load(std::memory_order_relaxed), now = pages();
  if (now <= limit / 2) return;
  Flusher::hurry();
  while (pages() > limit && write_some(share)) {}
}

}  // namespace hinge::linux_service
