#include "base/memory.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <vector>

namespace hinge {
namespace {

std::vector<u8> pattern(usize bytes) {
  std::vector<u8> v(bytes);
  std::iota(v.begin(), v.end(), u8{1});
  return v;
}

TEST(Memory, CopyEveryLengthAndAlignment) {
  for (usize bytes = 0; bytes < 80; ++bytes)
    for (usize shift = 0; shift < 9; ++shift) {
      auto const from = pattern(bytes + shift);
      std::vector<u8> to(bytes + 2, 0xee), expected = to;
      if (bytes != 0) std::memcpy(expected.data() + 1, from.data() + shift, bytes);
      memory::copy(to.data() + 1, from.data() + shift, bytes);
      ASSERT_EQ(to, expected) << bytes << " from " << shift;
    }
}

TEST(Memory, MoveEveryOverlap) {
  for (usize bytes = 0; bytes < 50; ++bytes)
    for (usize from = 0; from < 40; ++from)
      for (usize to = 0; to < 40; ++to) {
        auto area = pattern(100), expected = area;
        std::memmove(expected.data() + to, expected.data() + from, bytes);
        memory::move(area.data() + to, area.data() + from, bytes);
        ASSERT_EQ(area, expected) << bytes << " from " << from << " to " << to;
      }
}

TEST(Memory, Fill) {
  for (usize bytes = 0; bytes < 70; ++bytes) {
    std::vector<u8> area(bytes + 2, 0xee), expected = area;
    std::fill_n(expected.begin() + 1, bytes, 0x81);
    memory::fill(area.data() + 1, 0x81, bytes);
    ASSERT_EQ(area, expected) << bytes;
  }
}

TEST(Memory, CompareHasTheSignOfTheFirstDifference) {
  for (usize bytes = 1; bytes < 40; ++bytes)
    for (usize at = 0; at < bytes; ++at) {
      auto a = pattern(bytes), b = a;
      ASSERT_EQ(memory::compare(a.data(), b.data(), bytes), 0);
      b[at] = 0xff;
      ASSERT_LT(memory::compare(a.data(), b.data(), bytes), 0);
      ASSERT_GT(memory::compare(b.data(), a.data(), bytes), 0);
    }
  EXPECT_EQ(memory::length("four"), 4u);
  EXPECT_EQ(memory::length(""), 0u);
}

}  // namespace
}  // namespace hinge
