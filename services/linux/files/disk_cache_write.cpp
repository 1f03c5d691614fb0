// Writing into the cache: pages become dirty, each with a place promised to it.
#include <algorithm>
#include <cstring>

#include "services/linux/files/dirty_list.hpp"

namespace hinge::linux_service {

/// Marks a page dirty. place, memory: it is not, and what is missing.
DiskCache::Stop DiskCache::make_dirty(u64 index, u64& word) {
  word |= recent;
  if (word & dirty) return Stop::done;
  auto const place = dirty_tree_.place(index);
  if (!place) return Stop::memory;
  if (!(word & (placed | promised))) {
    if (!source_.take_place()) return Stop::place;
    word |= promised;
    promised_pages_.fetch_add(1, std::memory_order_relaxed);
  }
  **place = dirty;
  word |= dirty;
  DirtyList::count(1);
  if (dirty_pages_.fetch_add(1, std::memory_order_relaxed) == 0) DirtyList::add(*this);
  return Stop::done;
}

/// Before a dirty page is dropped.
void DiskCache::no_longer_dirty(u64 index, u64& word) {
  if (word & promised) {
    source_.end_places(1, false);
    promised_pages_.fetch_sub(1, std::memory_order_relaxed);
  }
  dirty_tree_.visit(index, index + 1, [](u64, u64& mark) { mark = 0; });
  word &= ~(dirty | promised | storing);
  dirty_pages_.fetch_sub(1, std::memory_order_relaxed);
  DirtyList::count(-1);
}

void DiskCache::give_spare_back() {
  for (u32 i = 0; i < spare_.count; ++i) host::free_page(spare_.first + i * page_bytes);
  spare_ = {};
}

/// Bytes into a page that is not cached, and need not be read: it is written whole, or lies `beyond` the end.
usize DiskCache::write_fresh(Transfer& from, u64 offset, usize bytes, bool beyond, Stop& stop) {
  u64 const index = offset / page_bytes, within = offset % page_bytes;
  auto const place = tree_.place(index);
  if (!place || !spare_.count) {
    stop = Stop::memory;
    return 0;
  }
  char* const page = spare_.first;
  if (beyond && bytes < page_bytes) std::memset(page, 0, page_bytes);
  usize const copied = from.peek(page + within, bytes);
  if (copied < bytes && !beyond) {
    stop = Stop::page;  // The rest of the page is on the disk.
    return 0;
  }
  if (beyond && copied < bytes) std::memset(page + within + copied, 0, bytes - copied);
  if (copied == 0) {
    stop = Stop::caller_memory;
    return 0;
  }
  u64 word = reinterpret_cast<u64>(page);
  stop = make_dirty(index, word);
  if (stop != Stop::done) return 0;
  **place = word;
  ++pages_;
  spare_ = {spare_.first + page_bytes, spare_.count - 1};
  next_fresh_ = index + 1;
  from.skip(copied);
  if (copied < bytes) stop = Stop::caller_memory;
  return copied;
}

usize DiskCache::write(Transfer& from, u64 offset, u64 limit, u64 end, Stop& stop) {
  usize done = 0;
  stop = Stop::done;
  Guard guard{lock_};
  while (from.left() && offset + done < limit && stop == Stop::done) {
    u64 const at = offset + done, index = at / page_bytes, within = at % page_bytes;
    usize const n = std::min<u64>({page_bytes - within, from.left(), limit - at});
    bool const beyond = index * page_bytes >= end;
    u64* const word = tree_.find(index);
    if (!word) {
      if (n == page_bytes || beyond) done += write_fresh(from, at, n, beyond, stop);
      else stop = Stop::page;
    } else if (*word & filling) {
      stop = Stop::page;
    } else if (stop = make_dirty(index, *word); stop == Stop::done) {
      usize const copied = from.take(address(*word) + within, n);
      done += copied;
      if (copied < n) stop = Stop::caller_memory;
    }
  }
  return done;
}

Attempt<> DiskCache::obtain(Stop why, u64 index, u64 wanted) {
  switch (why) {
    case Stop::page: return bring(index, index, index + 1);
    case Stop::place: return source_.promise_places();
    case Stop::memory: {
      constexpr u32 row_of_appends = 16, most = 32;
      bool appends;
      {
        Guard guard{lock_};
        appends = index && index == next_fresh_;
      }
      // A row for all that this write still brings, or, when it goes on where another ended, for some more of the kind: what
      // lies in a row is written back in one request.
      u32 const pages = u32(std::clamp<u64>(wanted, appends ? row_of_appends : 1, most));
      host::PageRun const run = ATTEMPT(CacheList::row(pages));
      Guard guard{lock_};
      give_spare_back();
      spare_ = run;
      return ok;
    }
    case Stop::done: case Stop::caller_memory: return ok;
  }
  return ok;
}

void DiskCache::clear(u64 from, u64 to) {
  while (from < to) {
    u32 const seen = ended_.load(std::memory_order_acquire);
    {
      Guard guard{lock_};
      u64 const* const word = tree_.find(from / page_bytes);
      if (!word) return;
      if (!(*word & filling)) {
        std::memset(address(*word) + from % page_bytes, 0, to - from);
        return;
      }
    }
    wait(seen);
  }
}

}  // namespace hinge::linux_service
