// CRC-32C eight bytes at a time: table k gives what a byte does to the remainder after k further bytes have passed. CRC-16 one
// byte at a time.
#include "services/ext4/checksum.hpp"

#include <array>

namespace hinge::ext4 {
namespace {

constexpr u32 reflected_castagnoli = 0x82f6'3b78;
constexpr u16 reflected_ibm = 0xa001;

constexpr auto tables = [] {
  std::array<std::array<u32, 256>, 8> t{};
  for (u32 byte = 0; byte < 256; ++byte) {
    u32 r = byte;
    for (int bit = 0; bit < 8; ++bit) r = r >> 1 ^ (r & 1 ? reflected_castagnoli : 0);
    t[0][byte] = r;
  }
  for (u32 byte = 0; byte < 256; ++byte)
    for (u32 k = 1; k < 8; ++k) t[k][byte] = t[k - 1][byte] >> 8 ^ t[0][t[k - 1][byte] & 0xff];
  return t;
}();

constexpr auto short_table = [] {
  std::array<u16, 256> t{};
  for (u32 byte = 0; byte < 256; ++byte) {
    u32 r = byte;
    for (int bit = 0; bit < 8; ++bit) r = r >> 1 ^ (r & 1 ? reflected_ibm : 0);
    t[byte] = u16(r);
  }
  return t;
}();

}  // namespace

u32 crc32c(u32 before, Bytes bytes) {
  u32 r = before;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    u64 const w = load<u64>(bytes, 0) ^ r;
    r = 0;
    for (u32 k = 0; k < 8; ++k) r ^= tables[7 - k][w >> (8 * k) & 0xff];
  }
  for (u8 byte : bytes) r = r >> 8 ^ tables[0][(r ^ byte) & 0xff];
  return r;
}

u16 crc16(u16 before, Bytes bytes) {
  u32 r = before;
  for (u8 byte : bytes) r = r >> 8 ^ short_table[(r ^ byte) & 0xff];
  return u16(r);
}

}  // namespace hinge::ext4
