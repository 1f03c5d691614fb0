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
  Transfer(UserAddr at, usize bytes) : single_{at.raw(), bytes}, pieces_{&single_}, count_{1}, left_{bytes} {}
  /// Several; the list outlives the transfer. `total` is the sum of their lengths.
  Transfer(std::span<IoVector const> pieces, usize total) : pieces_{pieces.data()}, count_{pieces.size()}, left_{total} {}
  /// A piece of our own slot.
  static Transfer slot(void* at, usize bytes) {
    Transfer t{UserAddr{reinterpret_cast<u64>(at)}, bytes};
    t.own_memory_ = true;
    return t;
  }
  Transfer(Transfer const&) = delete;
  Transfer(Transfer&& other) noexcept : Transfer{UserAddr{other.single_.base}, other.single_.bytes} {
    own_memory_ = other.own_memory_;
    left_ = other.left_;
    done_ = other.done_;
    if (other.pieces_ != &other.single_) pieces_ = other.pieces_, count_ = other.count_;
    offset_ = other.offset_;
  }

  [[nodiscard]] usize left() const { return left_; }
  [[nodiscard]] usize done() const { return done_; }
  /// Never more than `bytes` from now on.
  void limit(usize bytes) { if (left_ > bytes) left_ = bytes; }

  /// Copies up to `bytes` from our memory to the destination; returns how many got there.
  usize put(void const* from, usize bytes) {
    if (!in_one_piece(bytes)) return copy(const_cast<void*>(from), bytes, Direction::put);
    return moved(bytes - copy_to_user_nofault(UserAddr{pieces_->base + offset_}, from, bytes));
  }
  /// The same with zeros.
  usize put_zeros(usize bytes);
  /// Copies up to `bytes` from the source to our memory.
  usize take(void* to, usize bytes) {
    if (!in_one_piece(bytes)) return copy(to, bytes, Direction::take);
    return moved(bytes - copy_from_user_nofault(to, UserAddr{pieces_->base + offset_}, bytes));
  }
  /// As take(), without moving on.
  usize peek(void* to, usize bytes) {
    Transfer ahead{UserAddr{}, 0};
    ahead.pieces_ = pieces_, ahead.count_ = count_, ahead.left_ = left_, ahead.offset_ = offset_, ahead.own_memory_ = own_memory_;
    return ahead.take(to, bytes);
  }
  /// Passes over bytes that an earlier issue of the same request has moved; done() counts them.
  void skip(usize bytes) {
    if (bytes > left_) bytes = left_;
    left_ -= bytes;
    done_ += bytes;
    while (bytes) {
      usize const here = pieces_->bytes - offset_ < bytes ? pieces_->bytes - offset_ : bytes;
      offset_ += here;
      bytes -= here;
      if (bytes) ++pieces_, --count_, offset_ = 0;
    }
  }
  /// All of `bytes`, with pages made as needed. Holds no lock.
  Attempt<> put_all(Thread& self, void const* from, usize bytes);
  /// After a short copy: makes the page at the cursor accessible. bad_address when it cannot be. Holds no lock.
  Attempt<> populate(Thread& self, bool for_put);

 private:
  enum class Direction { put, take };
  usize copy(void* own, usize bytes, Direction direction);
  /// The usual case: all of it lies in the piece at the cursor, in the caller's memory.
  [[nodiscard]] bool in_one_piece(usize bytes) const {
    return !own_memory_ && count_ && bytes <= left_ && bytes <= pieces_->bytes - offset_;
  }
  usize moved(usize bytes) {
    offset_ += bytes;
    left_ -= bytes;
    done_ += bytes;
    return bytes;
  }

  IoVector single_{};
  IoVector const* pieces_;
  usize count_;
  usize left_;
  usize done_ = 0;
  usize offset_ = 0;           ///< Into the first of pieces_.
  bool own_memory_ = false;
};

}  // namespace hinge::linux_service
