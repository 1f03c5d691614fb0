// A read cache's pages in mappings, and giving them back.
#include <algorithm>

#include "host/pages.hpp"
#include "services/linux/files/disk_cache.hpp"

namespace hinge::linux_service {

Attempt<Handle> DiskCache::object() {
  // As large as any file: what lies beyond the end is never supplied.
  constexpr u64 object_bytes = u64{1} << 40;
  Guard guard{lock_};
  if (object_ == no_handle) object_ = ATTEMPT(host::object_create(host::ObjectKind::held, object_bytes));
  return object_;
}

Attempt<> DiskCache::supply(u64 index, u64 pages, ReadAhead& ahead, bool store) {
  // Programs jump about in what they map: a first fault reads its surroundings.
  u64 const low = align_down(index, u64{around});
  (void)ATTEMPT(object());
  for (;;) {
    Stop stop = Stop::page;
    {
      Guard guard{lock_};
      u64* const word = tree_.find(index);
      if (word && !(*word & filling)) {
        if (store) stop = make_dirty(index, *word);
        if (store && stop == Stop::done) *word |= storing;
        if (!store || stop == Stop::done) return supply_around(index);
      }
    }
    if (stop != Stop::page) {
      ATTEMPT(obtain(stop, index, 1));
      continue;
    }
    u64 const high = std::max(low + around, index + ahead.at_miss(index, 1));
    ATTEMPT(bring(low, index, std::min(high, pages)));
  }
}

/// Supplies the row of present pages that `index` lies in, within its window. The nucleus asks before one of them is stored
/// to, but for those that it has asked about.
Attempt<> DiskCache::supply_around(u64 index) {
  u64 const low = align_down(index, u64{around}), high = low + around;
  u64 const word_here = *tree_.find(index);
  char* const page = address(word_here);
  auto const joins = [&](u64 other) HINGE_REQUIRES(lock_) {
    u64 const* const word = tree_.find(other);
    return word && !(*word & filling) && address(*word) == page + i64(other - index) * i64(page_bytes);
  };
  u64 first = index, last = index + 1;
  if (word_here & storing) {
    *tree_.find(index) |= mapped | recent;
  } else {
    while (first > low && joins(first - 1)) --first;
    while (last < high && joins(last)) ++last;
    tree_.visit(first, last, [](u64, u64& word) { word |= mapped | recent; });
  }
  ATTEMPT(host::object_supply(object_, first, reinterpret_cast<u64>(page) - (index - first) * page_bytes, last - first,
                              !(word_here & storing)));
  return ok;
}

/// Gives back up to `most` pages of [first, last) that are in nobody's work: clean ones, of those unused since the last time
/// only (the others are passed over, once), or all. Sets hand_ behind the last one looked at.
u64 DiskCache::release(u64 first, u64 last, u64 most, Take take) {
  constexpr u32 row = 64;
  char* leaving[row];
  u32 count = 0;
  u64 begin = 0, released = 0, hand = hand_;
  bool shown = false;
  // Mappings let go before a frame is given back; a row at a time.
  auto const flush = [&, object = object_] {
    if (count && shown) (void)host::object_withdraw(object, begin, count);
    for (u32 i = 0; i < count; ++i) host::free_page(leaving[i]);
    released += count;
    count = 0;
    shown = false;
  };
  tree_.visit(first, last, [&](u64 index, u64& word) __attribute__((no_thread_safety_analysis)) {  // lock_ is held.
    if (released + count >= most || word & (filling | writing)) return;
    if (word & dirty) {
      if (take != Take::all) return;
      no_longer_dirty(index, word);
    }
    hand = index + 1;
    if (take == Take::unused && word & recent) {
      word &= ~recent;
      return;
    }
    if (count == row || (count && index != begin + count)) flush();
    if (count == 0) begin = index;
    shown = shown || word & mapped;
    leaving[count++] = address(word);
    word = 0;
  });
  flush();
  pages_ -= released;
  hand_ = hand;
  return released;
}

void DiskCache::discard(u64 first, u64 last) {
  for (;;) {
    u32 const seen = ended_.load(std::memory_order_acquire);
    {
      Guard guard{lock_};
      (void)release(first, last, ~u64{0}, Take::all);
      if (!any_busy(first, last, filling | writing)) return;
    }
    wait(seen);
  }
}

void DiskCache::drop(u64 first, u64 last) {
  Guard guard{lock_};
  (void)release(first, last, ~u64{0}, Take::clean);
}

u64 DiskCache::shrink(u64 most) {
  Guard guard{lock_};
  give_spare_back();
  u64 const from = hand_;
  u64 released = release(from, PageTree::max_pages, most, Take::unused);
  if (released < most) released += release(0, from, most - released, Take::unused);
  return released;
}

u64 DiskCache::count() {
  Guard guard{lock_};
  return pages_;
}

}  // namespace hinge::linux_service
