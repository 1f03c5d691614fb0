#include "services/linux/files/transfer.hpp"

#include <algorithm>
#include <cstring>

#include "services/linux/core/user_memory.hpp"

namespace hinge::linux_service {

bool Transfer::at_piece() {
  for (; !here_ && following_; ++next_, --following_) {
    at_ = next_->base;
    here_ = std::min<u64>(next_->bytes, left_);
  }
  return here_;
}

usize Transfer::copy(void* own, usize bytes, Direction direction) {
  bytes = std::min(bytes, left_);
  if (own_memory_) {
    if (direction == Direction::put) std::memcpy(reinterpret_cast<void*>(at_), own, bytes);
    else std::memcpy(own, reinterpret_cast<void const*>(at_), bytes);
    return passed(bytes);
  }
  usize done = 0;
  for (usize failed = 0; done < bytes && !failed && at_piece();) {
    usize const n = std::min(bytes - done, here_);
    void* const here = static_cast<char*>(own) + done;
    failed = direction == Direction::put ? copy_to_user_nofault(UserAddr{at_}, here, n) : copy_from_user_nofault(here, UserAddr{at_}, n);
    done += moved(n - failed);
  }
  return done;
}

void Transfer::skip(usize bytes) {
  bytes = std::min(bytes, left_);
  if (own_memory_) passed(bytes);
  else while (bytes && at_piece()) bytes -= moved(std::min(bytes, here_));
}

/// As moved, in our own memory.
usize Transfer::passed(usize bytes) {
  here_ = bytes;
  return moved(bytes);
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
  if (!at_piece()) return fail(Errno::bad_address);
  return make_present(self, UserAddr{at_}, for_put);
}

}  // namespace hinge::linux_service
