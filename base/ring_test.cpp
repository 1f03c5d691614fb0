#include "base/ring.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace hinge {
namespace {

TEST(ByteRing, BehavesLikeAQueueAcrossTheWrap) {
  ByteRing<16> ring;
  std::deque<u8> model;
  std::mt19937 random{1};
  for (int step = 0; step < 20000; ++step) {
    u8 bytes[20];
    usize const wish = random() % 21;
    if (random() % 2) {
      for (u8& b : bytes) b = u8(random());
      usize const took = ring.push(std::span{bytes, wish});
      ASSERT_EQ(took, std::min<usize>(wish, 16 - model.size()));
      model.insert(model.end(), bytes, bytes + took);
    } else {
      usize const got = ring.pop(std::span{bytes, wish});
      ASSERT_EQ(got, std::min(wish, model.size()));
      for (usize i = 0; i < got; ++i) {
        ASSERT_EQ(bytes[i], model.front());
        model.pop_front();
      }
    }
    ASSERT_EQ(ring.size(), model.size());
    ASSERT_EQ(ring.front().empty(), model.empty());
  }
}

TEST(ByteRing, RefusesAByteWhenFull) {
  ByteRing<2> ring;
  EXPECT_TRUE(ring.push(1));
  EXPECT_TRUE(ring.push(2));
  EXPECT_FALSE(ring.push(3));
  ring.clear();
  EXPECT_TRUE(ring.empty());
  EXPECT_TRUE(ring.push(4));
  EXPECT_EQ(ring.front()[0], 4);
}

}  // namespace
}  // namespace hinge
