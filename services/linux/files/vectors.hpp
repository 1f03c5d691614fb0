// The vectors of a readv, writev, sendmsg...: few in place, more on the heap.
#pragma once

#include <algorithm>

#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/io.hpp"

namespace hinge::linux_service {

class Vectors {
 public:
  static constexpr u64 most = 1024;  ///< UIO_MAXIOV.

  Vectors() = default;
  Vectors(Vectors const&) = delete;
  ~Vectors() { host::release(many_); }
  /// Reads `count` of them: invalid, bad_address, no_memory; `too_many` when there are.
  Attempt<> read(Thread& self, UserAddr from, u64 count, Errno too_many = Errno::invalid) {
    if (count > most) return fail(too_many);
    count_ = count;
    if (count > in_place && !(many_ = static_cast<IoVector*>(host::allocate(count * sizeof(IoVector))))) return fail(Errno::no_memory);
    IoVector* const to = many_ ? many_ : few_;
    ATTEMPT(copy_from_user(self, to, from, count * sizeof(IoVector)));
    for (u64 i = 0; i < count; ++i) {
      if (i64(to[i].bytes) < 0) return fail(Errno::invalid);
      if (!is_user_range(UserAddr{to[i].base}, to[i].bytes)) return fail(Errno::bad_address);
      to[i].bytes = std::min<u64>(to[i].bytes, most_bytes - total_);
      total_ += to[i].bytes;
    }
    return ok;
  }
  [[nodiscard]] Transfer transfer() const { return Transfer{std::span{many_ ? many_ : few_, count_}, total_}; }

 private:
  static constexpr usize in_place = 8;
  IoVector few_[in_place];
  IoVector* many_ = nullptr;
  usize count_ = 0, total_ = 0;
};

}  // namespace hinge::linux_service
