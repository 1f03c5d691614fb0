// A read cache's pages in mappings, and giving them back.
#include <algorithm>

#include "host/pages.hpp"
#include "services/linux/files/read_cache.hpp"

namespace hinge::linux_service {

Attempt<Handle> ReadCache::object() {
  // As large as any file: what lies beyond the end is never supplied.
  constexpr u64 object_bytes = u64{1} << 40;
  Guard guard{lock_};
  if (object_ == no_handle) object_ = ATTEMPT(host::object_create(host::ObjectKind::held, object_bytes));
  return object_;
}

Attempt<> ReadCache::supply(u64 index, u64 pages, ReadAhead& ahead) {
  // Programs jump about in what they map: a first fault reads its surroundings.
  u64 const low = align_down(index, u64{around});
  (void)ATTEMPT(object());
  for (;;) {
    {
      Guard guard{lock_};
      u64 const* const word = tree_.find(index);
      if (word && !(*word & filling)) return supply_around(index);
    }
    u64 const high = std::max(low + around, index + ahead.at_miss(index, 1));
    ATTEMPT(bring(low, index, std::min(high, pages)));
  }
}

/// Supplies the row of present pages that `index` lies in, within its window.
Attempt<> ReadCache::supply_around(u64 index) {
  u64 const low = align_down(index, u64{around}), high = low + around;
  char* const page = address(*tree_.find(index));
  auto const joins = [&](u64 other) HINGE_REQUIRES(lock_) {
    u64 const* const word = tree_.find(other);
    return word && !(*word & filling) && address(*word) == page + i64(other - index) * i64(page_bytes);
  };
  u64 first = index, last = index + 1;
  while (first > low && joins(first - 1)) --first;
  while (last < high && joins(last)) ++last;
  tree_.visit(first, last, [](u64, u64& word) { word |= mapped | recent; });
  ATTEMPT(host::object_supply(object_, first, reinterpret_cast<u64>(page) - (index - first) * page_bytes, last - first));
  return ok;
}

/// Gives back up to `most` pages of [first, last) that are not being filled; with `spare_recent` those used since the last
/// time are passed over, once. Sets hand_ behind the last one looked at.
u64 ReadCache::release(u64 first, u64 last, u64 most, bool spare_recent) {
  constexpr u32 batch = 64;
  char* leaving[batch];
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
  tree_.visit(first, last, [&](u64 index, u64& word) {
    if (released + count >= most || word & filling) return;
    hand = index + 1;
    if (spare_recent && word & recent) {
      word &= ~recent;
      return;
    }
    if (count == batch || (count && index != begin + count)) flush();
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

void ReadCache::drop(u64 first, u64 last) {
  Guard guard{lock_};
  (void)release(first, last, ~u64{0}, false);
}

u64 ReadCache::shrink(u64 most) {
  Guard guard{lock_};
  u64 const from = hand_;
  u64 released = release(from, PageTree::max_pages, most, true);
  if (released < most) released += release(0, from, most - released, true);
  return released;
}

u64 ReadCache::count() {
  Guard guard{lock_};
  return pages_;
}

}  // namespace hinge::linux_service
