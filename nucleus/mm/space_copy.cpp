// Copies between a space and memory of the nucleus or of a slot, through the frames, page by page.
#include <algorithm>
#include <cstring>

#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus::mm {

template <class F>
Result<u64> Space::copy_pages(u64 user, u64 bytes, bool write, F&& transfer) {
  bytes = std::min(bytes, copy_step);
  u64 done = 0;
  while (done < bytes) {
    u64 const at = user + done;
    u64 const step = std::min(bytes - done, page_bytes - at % page_bytes);
    auto const moved = [&]() -> Result<> {
      Guard guard{lock_};
      Region* const region = TRY(region_for_access(at));
      Entry const leaf = *TRY(serve(*region, align_down(at, page_bytes), write ? Access::write : Access::read, true));
      if (leaf.has(Entry::cache_disable)) return fail(Error::not_supported);  // Device memory is not in the direct map.
      return transfer(frame_pointer<u8>(leaf.frame()) + at % leaf.bytes(), done, step);
    }();
    if (!moved) {
      if (done == 0) return fail(moved.error());
      break;
    }
    done += step;
  }
  return done;
}

Result<u64> Space::copy(u64 user, void* own, u64 bytes, bool write) {
  return copy_pages(user, bytes, write, [&](u8* page, u64 done, u64 step) -> Result<> {
    u8* const mine = static_cast<u8*>(own) + done;
    std::memcpy(write ? page : mine, write ? mine : page, step);
    return ok;
  });
}

Result<u64> Space::copy_slot(u64 user, SlotMemory& slot, u64 own, u64 bytes, bool write) {
  return copy_pages(user, bytes, write, [&](u8* page, u64 done, u64 step) {
    return slot.copy(own + done, page, step, !write);
  });
}

}  // namespace hinge::nucleus::mm
