#include "services/linux/files/transfer.hpp"

#include <algorithm>
#include <cstring>

#include "services/linux/core/user_memory.hpp"

namespace hinge::linux_service {

usize Transfer::copy(void* own, usize bytes, Direction direction) {
  bytes = std::min(bytes, left_);
  usize moved = 0;
  while (moved < bytes) {
    while (count_ && offset_ == pieces_->bytes) ++pieces_, --count_, offset_ = 0;
    u64 const at = pieces_->base + offset_;
    usize const n = std::min<u64>(bytes - moved, pieces_->bytes - offset_);
    void* const here = static_cast<char*>(own) + moved;
    usize failed = 0;
    if (own_memory_) {
      if (direction == Direction::put) std::memcpy(reinterpret_cast<void*>(at), here, n);
      else std::memcpy(here, reinterpret_cast<void const*>(at), n);
    } else {
      failed = direction == Direction::put ? copy_to_user_nofault(UserAddr{at}, here, n)
                                           : copy_from_user_nofault(here, UserAddr{at}, n);
    }
    moved += n - failed;
    offset_ += n - failed;
    if (failed) break;
  }
  left_ -= moved;
  done_ += moved;
  return moved;
}

usize Transfer::put_zeros(usize bytes) {
  usize moved = 0;
  while (moved < bytes && left_) {
    usize const n = std::min({bytes - moved, sizeof page_of_zeroes, left_});
    usize const put_now = put(page_of_zeroes, n);
    moved += put_now;
    if (put_now < n) break;
  }
  return moved;
}

Attempt<> Transfer::put_all(Thread& self, void const* from, usize bytes) {
  for (usize done = 0; done < bytes;) {
    done += put(static_cast<char const*>(from) + done, bytes - done);
    if (done < bytes) ATTEMPT(populate(self, true));
  }
  return ok;
}

Attempt<> Transfer::populate(Thread& self, bool for_put) {
  if (own_memory_) return fail(Errno::bad_address);
  while (count_ && offset_ == pieces_->bytes) ++pieces_, --count_, offset_ = 0;
  if (!count_) return fail(Errno::bad_address);
  return make_present(self, UserAddr{pieces_->base + offset_}, for_put);
}

}  // namespace hinge::linux_service
