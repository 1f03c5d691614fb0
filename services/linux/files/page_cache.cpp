#include "services/linux/files/page_cache.hpp"

#include <algorithm>

#include "host/heap.hpp"
#include "host/pages.hpp"

namespace hinge::linux_service {

struct PageCache::Node {
  void* slots[fanout];
};

PageCache::~PageCache() {
  drop(0, max_pages);
  if (object_ != no_handle) (void)host::cap_delete(object_);
}

char* PageCache::find(u64 index) const {
  if (!covers(height_, index)) return nullptr;
  void* at = root_;
  for (u32 h = height_; at && h > 0; --h) at = static_cast<Node*>(at)->slots[index >> ((h - 1) * fanout_shift) & (fanout - 1)];
  return static_cast<char*>(at);
}

Attempt<char*> PageCache::obtain(u64 index) {
  if (char* const page = find(index)) return page;
  if (index >= max_pages) return fail(Errno::file_too_big);
  while (!covers(height_, index)) {
    if (root_) {
      auto* const node = host::make<Node>();
      if (!node) return fail(Errno::no_space);
      node->slots[0] = root_;
      root_ = node;
    }
    ++height_;
  }
  void** slot = &root_;
  for (u32 h = height_; h > 0; --h) {
    if (!*slot && !(*slot = host::make<Node>())) return fail(Errno::no_space);
    slot = &static_cast<Node*>(*slot)->slots[index >> ((h - 1) * fanout_shift) & (fanout - 1)];
  }
  *slot = host::allocate_page(host::Contents::zero);
  if (!*slot) return fail(Errno::no_space);
  ++pages_;
  return static_cast<char*>(*slot);
}

void PageCache::drop(u64 first, u64 end) {
  if (first >= end || !root_) return;
  // Mappings let go first: nothing may map a frame that is given back.
  if (object_ != no_handle)
    for (u64 at = next_present(first); at < end;) {
      u64 const hole = std::min(next_hole(at), end);
      (void)host::object_withdraw(object_, at, hole - at);
      at = next_present(hole);
    }
  drop_below(root_, height_, 0, first, end);
  if (!root_) height_ = 0;
}

/// Recursion as deep as the tree is high: at most 7.
void PageCache::drop_below(void*& slot, u32 height, u64 base, u64 first, u64 end) {
  if (!slot) return;
  if (height == 0) {
    if (base < first || base >= end) return;  // A tree of one page.
    host::free_page(slot);
    --pages_;
    slot = nullptr;
    return;
  }
  auto* const node = static_cast<Node*>(slot);
  u64 const each = u64{1} << ((height - 1) * fanout_shift);
  bool empty = true;
  for (u32 i = 0; i < fanout; ++i) {
    u64 const begin = base + i * each;
    if (begin < end && begin + each > first) drop_below(node->slots[i], height - 1, begin, first, end);
    empty = empty && !node->slots[i];
  }
  if (!empty) return;
  host::destroy(node);
  slot = nullptr;
}

u64 PageCache::next_below(void* slot, u32 height, u64 base, u64 from) const {
  if (!slot) return max_pages;
  if (height == 0) return base;
  u64 const each = u64{1} << ((height - 1) * fanout_shift);
  for (u32 i = from > base ? u32((from - base) / each) : 0; i < fanout; ++i)
    if (u64 const found = next_below(static_cast<Node*>(slot)->slots[i], height - 1, base + i * each, from); found != max_pages)
      return found;
  return max_pages;
}

u64 PageCache::next_present(u64 index) const { return covers(height_, index) ? next_below(root_, height_, 0, index) : max_pages; }

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
