// Growing: a list of plain values on the heap that is only appended to and cleared. Room can be made ahead, so that who has
// it cannot fail later.
#pragma once

#include <cstring>
#include <span>
#include <type_traits>

#include "base/result.hpp"
#include "host/heap.hpp"

namespace hinge::ext4 {

template <class T>
class Growing {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Growing() = default;
  Growing(Growing const&) = delete;
  Growing& operator=(Growing const&) = delete;
  ~Growing() { host::release(values_); }

  /// Makes room for `more` beyond what is there. no_memory.
  Result<> reserve(u32 more) {
    if (count_ + more <= capacity_) return ok;
    u32 const capacity = (count_ + more) * 2;
    auto* const values = static_cast<T*>(host::allocate(capacity * sizeof(T)));
    if (!values) return fail(Error::no_memory);
    if (count_) std::memcpy(values, values_, count_ * sizeof(T));
    host::release(values_);
    values_ = values;
    capacity_ = capacity;
    return ok;
  }
  /// Precondition: reserve() made room.
  void add(T const& value) { values_[count_++] = value; }
  Result<> push(T const& value) {
    TRY(reserve(1));
    add(value);
    return ok;
  }
  void clear() { count_ = 0; }
  void swap(Growing& other) noexcept {
    std::swap(values_, other.values_);
    std::swap(count_, other.count_);
    std::swap(capacity_, other.capacity_);
  }
  [[nodiscard]] u32 count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  T* begin() const { return values_; }
  T* end() const { return values_ + count_; }
  T& operator[](u32 i) const { return values_[i]; }

 private:
  T* values_ = nullptr;
  u32 count_ = 0, capacity_ = 0;
};

}  // namespace hinge::ext4
