#include "nucleus/mm/page_store.hpp"

#include <utility>

namespace hinge::nucleus::mm {

PhysAddr* PageStore::slots(PhysAddr table) { return frame_pointer<PhysAddr>(table); }

PhysAddr* PageStore::find(u64 index) const {
  if (index >> (9 * height_) != 0) return nullptr;
  auto* at = const_cast<PhysAddr*>(&root_);
  for (u32 height = height_; height > 0; --height) {
    if (*at == PhysAddr{}) return nullptr;
    at = &slots(*at)[(index >> (9 * (height - 1))) % fan_out];
  }
  return at;
}

PhysAddr PageStore::get(u64 index) const {
  PhysAddr const* at = find(index);
  return at ? *at : PhysAddr{};
}

Result<> PageStore::put(Frames& frames, Account& account, u64 index, PhysAddr frame) {
  while (index >> (9 * height_) != 0) {
    if (root_ != PhysAddr{}) {
      PhysAddr const table = TRY(frames.allocate(account));
      slots(table)[0] = root_;
      root_ = table;
    }
    ++height_;
  }
  PhysAddr* at = &root_;
  for (u32 height = height_; height > 0; --height) {
    if (*at == PhysAddr{}) *at = TRY(frames.allocate(account));
    at = &slots(*at)[(index >> (9 * (height - 1))) % fan_out];
  }
  *at = frame;
  return ok;
}

PhysAddr PageStore::take(u64 index) {
  PhysAddr* at = find(index);
  return at ? frame_of(std::exchange(*at, PhysAddr{})) : PhysAddr{};
}

void PageStore::clear(Frames& frames) {
  clear_level(frames, root_, height_);
  root_ = PhysAddr{};
  height_ = 0;
}

void PageStore::clear_level(Frames& frames, PhysAddr node, u32 height) {
  if (node == PhysAddr{}) return;
  if (height > 0)
    for (u32 i = 0; i < fan_out; ++i) clear_level(frames, slots(node)[i], height - 1);
  frames.drop(frame_of(node));
}

}  // namespace hinge::nucleus::mm
