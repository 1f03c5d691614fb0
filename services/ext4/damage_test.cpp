// A thousand damaged images are mounted and walked: whatever is wrong, a request ends, with an error or without.
// links: services/ext4/*.cpp
// links: host/vault.cpp host/undo_log.cpp host/heap.cpp host/lock_rank.cpp host/message.cpp
// links: tests/ext4/image.cpp tests/ext4/walk.cpp tests/ext4/damage.cpp tests/support/fake_host.cpp base/format.cpp
#include <gtest/gtest.h>

#include <random>

#include "tests/ext4/damage.hpp"

namespace hinge::test {
namespace {

constexpr u64 numbers[] = {0, 1, 2, 7, 0x7f, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fff'ffff, 0x8000'0000, 0xffff'ffff, ~u64{0} >> 1, ~u64{0}};

Edit random_edit(std::mt19937_64& random) {
  u8 const bytes = u8(1u << random() % 4);
  u32 const offset = u32(random() % 4096);
  u64 const value = random() % 2 ? numbers[random() % std::size(numbers)] : random() % 5 ? random() % 4096 : random();
  return {u32(random()), random() % 4 ? offset & ~u32(bytes - 1) : offset, value, bytes, random() % 4 != 0};
}

TEST(Damage, AThousandImagesAreMountedAndWalked) {
  auto const sound = patients();
  for (auto const& p : sound) EXPECT_EQ(examine(p.image()), 19u);
  u64 mounted = 0;
  for (u64 seed = 0; seed < 1000; ++seed) {
    std::mt19937_64 random{seed};
    Patient const& patient = sound[seed % sound.size()];
    auto bytes = patient.image();
    for (u64 n = 1 + random() % 5; n > 0; --n) patient.apply(bytes, random_edit(random));
    mounted += examine(std::move(bytes)) > 0;
  }
  EXPECT_GT(mounted, 500u) << "most damage should get behind the mount";
}

}  // namespace
}  // namespace hinge::test
