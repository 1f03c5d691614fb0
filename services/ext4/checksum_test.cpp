// The checksums against their published check values, and zeros passed over at once against zeros one by one.
// links: services/ext4/checksum.cpp
#include "services/ext4/checksum.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace hinge::test {
namespace {

using namespace ext4;

constexpr std::string_view digits = "123456789";

Bytes bytes_of_text(std::string_view text) { return {reinterpret_cast<u8 const*>(text.data()), text.size()}; }

// RFC 3720, appendix B.4, and the catalogue's check value, both with the final inversion that ext4 leaves out.
TEST(Checksum, Crc32c) {
  EXPECT_EQ(~crc32c(checksum_start, bytes_of_text(digits)), 0xe306'9283u);
  std::vector<u8> const zeros(32, 0), ones(32, 0xff);
  EXPECT_EQ(~crc32c(checksum_start, zeros), 0x8a91'36aau);
  EXPECT_EQ(~crc32c(checksum_start, ones), 0x62a8'ab43u);
}

TEST(Checksum, Crc32cGoesOn) {
  for (usize part = 0; part <= digits.size(); ++part)
    EXPECT_EQ(crc32c(crc32c(checksum_start, bytes_of_text(digits.substr(0, part))), bytes_of_text(digits.substr(part))),
              crc32c(checksum_start, bytes_of_text(digits)));
}

TEST(Checksum, ManyZerosAtOnce) {
  std::vector<u8> const zeros(70'000, 0);
  for (u32 before : {checksum_start, 0u, 1u, 0x8000'0000u, 0x1234'5678u})
    for (usize n : {0, 1, 2, 7, 8, 255, 4036, 4096, 65'535, 70'000})
      EXPECT_EQ(crc32c_zeros(before, n), crc32c(before, Bytes{zeros}.first(n))) << before << " " << n;
}

TEST(Checksum, Crc16) { EXPECT_EQ(crc16(u16(checksum_start), bytes_of_text(digits)), 0x4b37u); }

}  // namespace
}  // namespace hinge::test
