#include "services/linux/files/page_tree.hpp"

namespace hinge::linux_service {

u64* PageTree::find(u64 index) const {
  if (!root_ || !covers(height_, index)) return nullptr;
  u64 const* slot = &root_;
  for (u32 shift = height_ * fanout_shift; shift;) {
    shift -= fanout_shift;
    slot = &node(*slot)->slots[index >> shift & (fanout - 1)];
    if (!*slot) return nullptr;
  }
  return const_cast<u64*>(slot);
}

Attempt<u64*> PageTree::place(u64 index) {
  if (index >= max_pages) return fail(Errno::file_too_big);
  while (!covers(height_, index)) {
    if (root_) {
      auto* const above = host::make<Node>();
      if (!above) return fail(Errno::no_space);
      above->slots[0] = root_;
      root_ = reinterpret_cast<u64>(above);
    }
    ++height_;
  }
  u64* slot = &root_;
  for (u32 h = height_; h > 0; --h) {
    if (!*slot) {
      auto* const below = host::make<Node>();
      if (!below) return fail(Errno::no_space);
      *slot = reinterpret_cast<u64>(below);
    }
    slot = &node(*slot)->slots[index >> ((h - 1) * fanout_shift) & (fanout - 1)];
  }
  return slot;
}

u64 PageTree::next_below(u64 slot, u32 height, u64 base, u64 from, u64 end) {
  if (height == 0) return base;
  u32 const shift = (height - 1) * fanout_shift;
  for (u64 i = from > base ? (from - base) >> shift : 0; i < fanout && base + (i << shift) < end; ++i) {
    u64 const below = node(slot)->slots[i];
    if (!below) continue;
    if (u64 const found = next_below(below, height - 1, base + (i << shift), from, end); found != max_pages) return found;
  }
  return max_pages;
}

}  // namespace hinge::linux_service
