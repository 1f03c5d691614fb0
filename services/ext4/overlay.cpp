#include "services/ext4/overlay.hpp"

#include <algorithm>

#include "host/heap.hpp"

namespace hinge::ext4 {

Overlay::~Overlay() { host::release(entries_); }

Overlay::Entry* Overlay::slot(BlockNumber block) const {
  Entry* reuse = nullptr;
  for (u64 i = (block.raw() * 0x9e37'79b9'7f4a'7c15) >> 20;; ++i) {
    Entry& e = entries_[i & (capacity_ - 1)];
    if (e.state == Entry::used && e.block == block.raw()) return &e;
    if (e.state == Entry::removed && !reuse) reuse = &e;
    if (e.state == Entry::free) return reuse ? reuse : &e;
  }
}

Overlay::Copy const* Overlay::find(BlockNumber block) const {
  if (count_ == 0) return nullptr;
  Entry const* const e = slot(block);
  return e->state == Entry::used ? &e->copy : nullptr;
}

Result<> Overlay::put(BlockNumber block, Copy copy) {
  if ((filled_ + 1) * 4 > capacity_ * 3) TRY(grow());
  Entry& e = *slot(block);
  if (e.state == Entry::free) ++filled_;
  if (e.state != Entry::used) ++count_;
  e = {block.raw(), copy, Entry::used};
  return ok;
}

void Overlay::remove(BlockNumber block) {
  if (count_ == 0) return;
  Entry& e = *slot(block);
  if (e.state != Entry::used) return;
  e.state = Entry::removed;
  --count_;
}

Result<> Overlay::grow() {
  u64 const capacity = std::max<u64>(64, count_ * 4 > capacity_ ? capacity_ * 2 : capacity_);
  if (capacity > max_capacity) return fail(Error::too_big);
  auto* const entries = static_cast<Entry*>(host::allocate(capacity * sizeof(Entry)));
  if (!entries) return fail(Error::no_memory);
  std::fill_n(entries, capacity, Entry{});
  Entry* const old = std::exchange(entries_, entries);
  u64 const old_capacity = std::exchange(capacity_, capacity);
  count_ = filled_ = 0;
  for (u64 i = 0; i < old_capacity; ++i)
    if (old[i].state == Entry::used) (void)put(BlockNumber{old[i].block}, old[i].copy);
  host::release(old);
  return ok;
}

}  // namespace hinge::ext4
