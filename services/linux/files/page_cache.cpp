#include "services/linux/files/page_cache.hpp"

#include <algorithm>

#include "host/pages.hpp"
#include "services/linux/files/disk_cache.hpp"

namespace hinge::linux_service {
namespace {

/// Files in memory leave a reserve: programs that find none would be killed for it. Asked for many pages at a time.
bool memory_is_left() {
  constexpr i64 at_once = 64;
  static constinit std::atomic<i64> allowed{0};
  if (allowed.fetch_sub(1, std::memory_order_relaxed) > 0) return true;
  if (!CacheList::leaves_reserve(at_once)) return false;
  allowed.store(at_once - 1, std::memory_order_relaxed);
  return true;
}

}  // namespace

PageCache::~PageCache() {
  drop(0, max_pages);
  if (object_ != no_handle) (void)host::cap_delete(object_);
}

char* PageCache::find(u64 index) const {
  u64 const* const word = tree_.find(index);
  return word ? reinterpret_cast<char*>(*word) : nullptr;
}

Attempt<char*> PageCache::obtain(u64 index) {
  if (char* const page = find(index)) return page;
  u64* const place = ATTEMPT(tree_.place(index));
  if (!quota_.take_one()) return fail(Errno::no_space);
  auto* const page = memory_is_left() ? static_cast<char*>(host::allocate_page(host::Contents::zero)) : nullptr;
  if (!page) {
    quota_.give_back_one();
    return fail(Errno::no_space);
  }
  *place = reinterpret_cast<u64>(page);
  ++pages_;
  return page;
}

void PageCache::drop(u64 first, u64 end) {
  // Mappings let go first: nothing may map a frame that is given back.
  if (object_ != no_handle)
    for (u64 at = next_present(first); at < end;) {
      u64 const hole = std::min(next_hole(at), end);
      (void)host::object_withdraw(object_, at, hole - at);
      at = next_present(hole);
    }
  tree_.visit(first, end, [this](u64, u64& word) {
    host::free_page(reinterpret_cast<void*>(word));
    word = 0;
    --pages_;
    quota_.give_back_one();
  });
}

u64 PageCache::next_hole(u64 index) const {
  while (find(index)) ++index;
  return index;
}

Attempt<Handle> PageCache::object() {
  // As large as any file: what lies beyond the end is never supplied.
  constexpr u64 object_bytes = u64{1} << 40;
  if (object_ == no_handle) object_ = ATTEMPT(host::object_create(host::ObjectKind::held, object_bytes));
  return object_;
}

Attempt<> PageCache::supply(u64 index) {
  char* const page = ATTEMPT(obtain(index));
  Handle const object = ATTEMPT(this->object());
  ATTEMPT(host::object_supply(object, index, reinterpret_cast<u64>(page), 1));
  return ok;
}

}  // namespace hinge::linux_service
