// Part of a page of a slot's memory, for a copy by the nucleus: another thread of the slot may release the page
// meanwhile, so its frame is held as long. Windows onto physical memory have no frame to hold, and are never freed.
#pragma once

#include <algorithm>

#include "nucleus/call/machine.hpp"

namespace hinge::nucleus {

class SlotPage {
 public:
  /// bad_address when the page is missing (or, for `write`, not writable).
  static Result<SlotPage> hold(Slot& slot, u64 address, bool write) {
    void* const place = TRY(memory_of(slot).pointer(address, write));
    auto const frame = memory_of(slot).share_frame(address);
    if (!frame) return SlotPage{place, PhysAddr{}};
    return SlotPage{mm::frame_pointer<u8>(*frame) + address % page_bytes, *frame};
  }
  ~SlotPage() { if (frame_.raw()) memory.frames.drop(frame_); }
  SlotPage(SlotPage&& other) : place_{other.place_}, frame_{std::exchange(other.frame_, PhysAddr{})} {}

  /// Where nucleus code finds the byte, valid to the end of its page.
  [[nodiscard]] void* place() const { return place_; }
  /// How much of `bytes` from `address` on lies in its page.
  static u64 part(u64 address, u64 bytes) { return std::min(bytes, page_bytes - address % page_bytes); }

 private:
  SlotPage(void* place, PhysAddr frame) : place_{place}, frame_{frame} {}

  void* place_;
  PhysAddr frame_;
};

}  // namespace hinge::nucleus
