// A list with room for N, in place: for code without a heap, and for input whose sizes have a limit anyway.
#pragma once

#include <memory>

#include "base/result.hpp"

namespace hinge {

template <class T, u32 N>
class FixedList {
 public:
  /// no_space when it is full.
  constexpr Result<T*> add(T const& value) {
    if (count_ == N) return fail(Error::no_space);
    items_[count_] = value;
    return &items_[count_++];
  }
  /// A default one at the end, made in place: for items too big for the stack.
  constexpr Result<T*> extend() {
    if (count_ == N) return fail(Error::no_space);
    return std::construct_at(&items_[count_++]);
  }
  constexpr void clear() { count_ = 0; }
  constexpr void drop_back() { --count_; }
  [[nodiscard]] constexpr u32 size() const { return count_; }
  [[nodiscard]] constexpr bool empty() const { return count_ == 0; }
  constexpr T& operator[](u32 i) { return items_[i]; }
  constexpr T const& operator[](u32 i) const { return items_[i]; }
  constexpr T& back() { return items_[count_ - 1]; }
  constexpr T* begin() { return items_; }
  constexpr T* end() { return items_ + count_; }
  constexpr T const* begin() const { return items_; }
  constexpr T const* end() const { return items_ + count_; }

 private:
  T items_[N]{};
  u32 count_ = 0;
};

}  // namespace hinge
