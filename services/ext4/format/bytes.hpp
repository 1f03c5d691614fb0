// Reading on-disk structures out of blocks, and writing them. ext4 is little-endian, as this processor is; its journal is big-endian.
// Structures are copied out, so that no pointer of a wrong alignment or type ever points into a block.
#pragma once

#include <bit>
#include <cstring>
#include <span>
#include <type_traits>

#include "base/types.hpp"

namespace hinge::ext4 {

static_assert(std::endian::native == std::endian::little);

using Bytes = std::span<u8 const>;

/// The T at `offset`. Precondition: it lies within `bytes`.
template <class T>
T load(Bytes bytes, usize offset) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// Stores a T at `offset`. Precondition: it lies within `bytes`.
template <class T>
void store(std::span<u8> bytes, usize offset, T const& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

/// A big-endian number of the journal.
template <class T>
class Big {
 public:
  [[nodiscard]] constexpr T value() const { return std::byteswap(raw_); }
  constexpr operator T() const { return value(); }
  constexpr Big& operator=(T value) {
    raw_ = std::byteswap(value);
    return *this;
  }

 private:
  T raw_;
};
using Big16 = Big<u16>;
using Big32 = Big<u32>;

/// Two halves of a number, as the format keeps what has outgrown its field.
constexpr u64 join(u64 high, u32 low) { return high << 32 | low; }

}  // namespace hinge::ext4
