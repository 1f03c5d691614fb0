// Reading through the cache, and filling it.
#include "services/linux/files/disk_cache.hpp"

#include <algorithm>

#include "host/pages.hpp"

namespace hinge::linux_service {

DiskCache::DiskCache(PageSource& source) : source_{source} { CacheList::add(*this); }

DiskCache::~DiskCache() {
  CacheList::remove(*this);
  discard(0, PageTree::max_pages);
  {
    Guard guard{lock_};
    give_spare_back();
  }
  if (object_ != no_handle) (void)host::cap_delete(object_);
}

/// Copies what is there. `missing`: the page it stopped at, or max_pages when it stopped for another reason.
usize DiskCache::copy_out(Transfer& into, u64 offset, u64 end, u64& missing) {
  usize done = 0;
  missing = PageTree::max_pages;
  while (into.left() && offset < end) {
    u64* const word = tree_.find(offset / page_bytes);
    if (!word || *word & filling) {
      missing = offset / page_bytes;
      break;
    }
    *word |= recent;
    u64 const within = offset % page_bytes;
    usize const n = std::min<u64>({page_bytes - within, into.left(), end - offset});
    usize const copied = into.put(address(*word) + within, n);
    done += copied;
    offset += copied;
    if (copied < n) break;
  }
  return done;
}

Attempt<usize> DiskCache::read(Thread& self, Transfer& into, u64 offset, u64 end, ReadAhead& ahead) {
  usize done = 0;
  for (;;) {
    u64 missing;
    {
      Guard guard{lock_};
      done += copy_out(into, offset + done, end, missing);
    }
    if (!into.left() || offset + done >= end) return done;
    Attempt<> more = ok;
    if (missing == PageTree::max_pages) {
      more = into.populate(self, true);
    } else {
      u64 const last = (std::min(end, offset + done + into.left()) + page_bytes - 1) / page_bytes;
      u64 const pages = (end + page_bytes - 1) / page_bytes;
      more = bring(missing, missing, std::min(missing + ahead.at_miss(missing, last - missing), pages));
    }
    if (more) continue;
    if (done) return done;
    return fail(more.error());
  }
}

Attempt<> DiskCache::fetch(u64 first, u64 last) {
  while (first < last) {
    u64 const batch = std::min<u64>(last - first, ReadAhead::largest);
    if (!has(first)) ATTEMPT(bring(first, first, first + batch));
    first += has(first) ? 1 : 0;
  }
  return ok;
}

/// Brings page `index`, and what is missing around it in [low, high), in one request. When somebody else is at it already,
/// waits for that. Afterwards the page need not be there (it may have been reclaimed again): the caller looks.
Attempt<> DiskCache::bring(u64 low, u64 index, u64 high) {
  u32 const seen = ended_.load(std::memory_order_acquire);
  bool others = false;
  {
    Guard guard{lock_};
    if (u64 const* const word = tree_.find(index)) {
      if (!(*word & filling)) return ok;
      others = true;
    }
    u64 begin = index;
    while (begin > low && !tree_.find(begin - 1)) --begin;
    low = begin;
    high = std::min(high, tree_.next_present(index, high));
  }
  if (others) {
    // Pairs with the release in settle(): a fill that ended after the look at the word has changed the count.
    wait(seen);
    return ok;
  }
  host::PageRun const run = ATTEMPT(CacheList::row(u32(std::min<u64>(high - low, ReadAhead::largest))));
  if (low + run.count <= index) low = index;
  auto const done = fill(low, run.count, run.first);
  if (done || done.error() != Errno::io || run.count == 1) return done;
  // What cannot be read may be a neighbour that nobody asked for.
  return fill(index, 1, ATTEMPT(CacheList::row(1)).first);
}

/// Puts the pages of a row in their places, marked; returns how many, up to the first place that is taken.
u32 DiskCache::claim(u64 first, u32 count, char* pages) {
  for (u32 i = 0; i < count; ++i) {
    auto const place = tree_.place(first + i);
    if (!place || **place) return i;
    **place = reinterpret_cast<u64>(pages + i * page_bytes) | filling;
    ++pages_;
  }
  return count;
}

Attempt<> DiskCache::fill(u64 first, u32 count, char* pages) {
  u32 claimed;
  {
    Guard guard{lock_};
    claimed = claim(first, count, pages);
  }
  for (u32 i = claimed; i < count; ++i) host::free_page(pages + i * page_bytes);
  if (claimed == 0) return ok;  // Somebody else was quicker.
  auto const done = source_.read_pages(first * page_bytes, Buffer{reinterpret_cast<u64>(pages), u32(claimed * page_bytes), 1});
  settle(first, claimed, bool{done});
  return done;
}

/// A fill has ended: its pages are there, or gone again.
void DiskCache::settle(u64 first, u32 count, bool filled) {
  {
    Guard guard{lock_};
    u64 gone = 0;
    tree_.visit(first, first + count, [&](u64, u64& word) {
      if (filled) {
        word = (word & ~filling) | recent;
        return;
      }
      host::free_page(address(word));
      word = 0;
      ++gone;
    });
    pages_ -= gone;
  }
  tell_ended();
}

void DiskCache::tell_ended() {
  ended_.fetch_add(1, std::memory_order_release);
  (void)host::word_wake(reinterpret_cast<u32 const*>(&ended_), ~u32{0});
}

bool DiskCache::has(u64 index) {
  Guard guard{lock_};
  u64 const* const word = tree_.find(index);
  return word && !(*word & filling);
}

}  // namespace hinge::linux_service
