// ByteRing: a first-in-first-out queue of bytes with a fixed, power-of-two capacity and no allocation. Not thread-safe:
// its owner's lock guards it. Used for serial lines, terminals and pipes of small size.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "base/types.hpp"

namespace hinge {

template <u32 capacity>
class ByteRing {
  static_assert(capacity && (capacity & (capacity - 1)) == 0);

 public:
  [[nodiscard]] constexpr u32 size() const { return head_ - tail_; }
  [[nodiscard]] constexpr u32 room() const { return capacity - size(); }
  [[nodiscard]] constexpr bool empty() const { return head_ == tail_; }
  constexpr void clear() { tail_ = head_; }

  /// false when full.
  constexpr bool push(u8 byte) {
    if (!room()) return false;
    bytes_[head_++ % capacity] = byte;
    return true;
  }

  /// Takes as many as fit; returns how many.
  usize push(std::span<u8 const> from) {
    usize const count = std::min<usize>(from.size(), room());
    for (usize done = 0; done < count;) {
      u32 const at = head_ % capacity;
      usize const run = std::min<usize>(count - done, capacity - at);
      std::memcpy(&bytes_[at], from.data() + done, run);
      head_ += u32(run);
      done += run;
    }
    return count;
  }

  /// The longest run of oldest bytes that lies in one piece; empty only when the ring is.
  [[nodiscard]] constexpr std::span<u8 const> front() const {
    u32 const at = tail_ % capacity;
    return {&bytes_[at], std::min(size(), capacity - at)};
  }
  /// Forgets the oldest `count` bytes; `count` is at most size().
  constexpr void drop(usize count) { tail_ += u32(count); }

  /// Moves the oldest bytes to `to`; returns how many.
  usize pop(std::span<u8> to) {
    usize done = 0;
    while (done < to.size() && !empty()) {
      auto const run = front().first(std::min(front().size(), to.size() - done));
      std::memcpy(to.data() + done, run.data(), run.size());
      drop(run.size());
      done += run.size();
    }
    return done;
  }

 private:
  std::array<u8, capacity> bytes_{};
  u32 head_ = 0, tail_ = 0;  ///< Free-running: their difference is the size.
};

}  // namespace hinge
