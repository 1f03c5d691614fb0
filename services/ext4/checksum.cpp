// CRC-32C eight bytes at a time: table k gives what a byte does to the remainder after k further bytes have passed. A zero byte
// multiplies the remainder by x^8, and many of them by a power of that. CRC-16 one byte at a time.
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

/// The product of two polynomials modulo Castagnoli's; the highest bit is the coefficient of 1.
constexpr u32 product(u32 a, u32 b) {
  u32 sum = 0;
  for (; b; b <<= 1) {
    sum ^= b >> 31 ? a : 0;
    a = a >> 1 ^ (a & 1 ? reflected_castagnoli : 0);
  }
  return sum;
}

/// What 2^k zero bytes multiply by: x^(8 * 2^k).
constexpr auto zeros_powers = [] {
  std::array<u32, 64> p{};
  p[0] = u32{1} << (31 - 8);
  for (u32 k = 1; k < p.size(); ++k) p[k] = product(p[k - 1], p[k - 1]);
  return p;
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
    // Two words of four bytes: of such the processor has the two lowest without a shift.
    u32 const low = load<u32>(bytes, 0) ^ r, high = load<u32>(bytes, 4);
    r = 0;
    for (u32 k = 0; k < 4; ++k) r ^= tables[7 - k][low >> (8 * k) & 0xff] ^ tables[3 - k][high >> (8 * k) & 0xff];
  }
  for (u8 byte : bytes) r = r >> 8 ^ tables[0][(r ^ byte) & 0xff];
  return r;
}

u32 crc32c_zeros(u32 before, u64 bytes) {
  u32 r = before;
  for (u32 k = 0; bytes; ++k, bytes >>= 1)
    if (bytes & 1) r = product(r, zeros_powers[k]);
  return r;
}

u16 crc16(u16 before, Bytes bytes) {
  u32 r = before;
  for (u8 byte : bytes) r = r >> 8 ^ short_table[(r ^ byte) & 0xff];
  return u16(r);
}

}  // namespace hinge::ext4
