// Transfer: where the bytes of a read go, or those of a write come from: a list of pieces of the caller's memory, or one
// piece of our own slot (exec, splice, sendfile). A cursor: each copy moves it forward.
//
// put and take never fault pages in, so they may be used under a lock; when they come back short, the holder drops its
// locks, calls populate and goes on. That is how a write from a mapping of the same file ends.
#pragma once

#include <span>

#include "services/linux/core/user_memory.hpp"

namespace hinge::linux_service {

class Thread;

/// struct iovec.
struct IoVector {
  u64 base;
  u64 bytes;
};

class Transfer {
 public:
  /// One piece of the caller's memory.
  Transfer(UserAddr at, usize bytes) : at_{at.raw()}, here_{bytes}, left_{bytes}, total_{bytes} {}
  /// Several; the list outlives the transfer. `total` is the sum of their lengths.
  Transfer(std::span<IoVector const> pieces, usize total) : left_{total}, total_{total}, next_{pieces.data()}, following_{pieces.size()} {}
  /// A piece of our own slot.
  static Transfer slot(void* at, usize bytes) {
    Transfer t{UserAddr{reinterpret_cast<u64>(at)}, bytes};
    t.own_memory_ = true;
    t.here_ = 0;
    return t;
  }
  Transfer(Transfer&&) = default;

  [[nodiscard]] usize left() const { return left_; }
  [[nodiscard]] usize done() const { return total_ - left_; }
  /// Never more than `bytes` from now on.
  void limit(usize bytes) {
    if (left_ <= bytes) return;
    total_ -= left_ - bytes;
    left_ = bytes;
    if (here_ > bytes) here_ = bytes;
  }

  /// Copies up to `bytes` from our memory to the destination; returns how many got there.
  usize put(void const* from, usize bytes) {
    if (bytes > here_) return copy(const_cast<void*>(from), bytes, Direction::put);
    return moved(bytes - copy_to_user_nofault(UserAddr{at_}, from, bytes));
  }
  /// The same with zeros.
  usize put_zeros(usize bytes);
  /// Copies up to `bytes` from the source to our memory.
  usize take(void* to, usize bytes) {
    if (bytes > here_) return copy(to, bytes, Direction::take);
    return moved(bytes - copy_from_user_nofault(to, UserAddr{at_}, bytes));
  }
  /// As take(), without moving on.
  usize peek(void* to, usize bytes) {
    Transfer ahead{*this};
    return ahead.take(to, bytes);
  }
  /// Passes over bytes that an earlier issue of the same request has moved; done() counts them.
  void skip(usize bytes);
  /// All of `bytes`, with pages made as needed. Holds no lock.
  Attempt<> put_all(Thread& self, void const* from, usize bytes);
  /// After a short copy: makes the page at the cursor accessible. bad_address when it cannot be. Holds no lock.
  Attempt<> populate(Thread& self, bool for_put);

 private:
  enum class Direction { put, take };
  Transfer(Transfer const&) = default;
  /// What is not the usual case, all of it in the piece at the cursor, in the caller's memory.
  usize copy(void* own, usize bytes, Direction direction);
  /// Whether there is a piece at the cursor, after going on to the next one if need be.
  bool at_piece();
  usize passed(usize bytes);
  usize moved(usize bytes) {
    at_ += bytes;
    here_ -= bytes;
    left_ -= bytes;
    return bytes;
  }

  u64 at_ = 0;                ///< The cursor.
  usize here_ = 0;            ///< Of what is left, the bytes at the cursor; 0 of our own memory.
  usize left_, total_;
  IoVector const* next_ = nullptr;
  usize following_ = 0;       ///< Pieces from next_ on.
  bool own_memory_ = false;
};

}  // namespace hinge::linux_service
