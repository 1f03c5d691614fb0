// The two checksums of the format: CRC-32C (polynomial 0x1edc6f41, reflected) of metadata_csum and the journal, and
// CRC-16 (0x8005, reflected) of gdt_csum. Both without a final inversion; where one starts is the caller's business.
#pragma once

#include "services/ext4/format/bytes.hpp"

namespace hinge::ext4 {

inline constexpr u32 checksum_start = ~u32{0};

/// Goes on from `before` over the bytes.
[[nodiscard]] u32 crc32c(u32 before, Bytes bytes);
/// Goes on over so many bytes that are zero, in a time that hardly grows with them.
[[nodiscard]] u32 crc32c_zeros(u32 before, u64 bytes);
[[nodiscard]] u16 crc16(u16 before, Bytes bytes);

template <class T>
Bytes bytes_of(T const& value) {
  return {reinterpret_cast<u8 const*>(&value), sizeof value};
}
/// Over a number as it lies in memory: little-endian.
template <class T>
[[nodiscard]] u32 crc32c_of(u32 before, T const& value) {
  return crc32c(before, bytes_of(value));
}
/// Over the bytes as if the T at `hole` were zero: a structure without its own checksum field.
template <class T>
[[nodiscard]] u32 crc32c_without(u32 before, Bytes bytes, usize hole) {
  u32 const sum = crc32c_of(crc32c(before, bytes.first(hole)), T{});
  return crc32c(sum, bytes.subspan(hole + sizeof(T)));
}

}  // namespace hinge::ext4
