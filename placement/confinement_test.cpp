// links: placement/confinement.cpp tests/support/fake_host.cpp
#include "placement/confinement.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace hinge::placement {
namespace {

/// A DMAR table with those structures behind its head, and a sum that is right.
std::vector<u8> table(std::vector<std::vector<u8>> const& structures) {
  std::vector<u8> t(48);
  std::copy_n("DMAR", 4, t.begin());
  for (auto const& s : structures) t.insert(t.end(), s.begin(), s.end());
  t[4] = u8(t.size());
  u8 sum = 0;
  for (u8 b : t) sum = u8(sum + b);
  t[9] = u8(-sum);
  return t;
}
std::vector<u8> unit(u8 flags, u8 page) { return {0, 0, 16, 0, flags, 0, 0, 0, 0, page, 0xd9, 0xfe, 0, 0, 0, 0}; }
std::vector<u8> unit_with(std::vector<u8> const& scopes) {
  auto u = unit(0, 0);
  u[2] = u8(u.size() + scopes.size());
  u.insert(u.end(), scopes.begin(), scopes.end());
  return u;
}
std::vector<u8> const reserved_memory = {1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

TEST(RemappingUnit, IsTheOneForAllDevices) {
  auto const found = remapping_unit(table({reserved_memory, unit(1, 0), reserved_memory}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->registers, 0xfed9'0000u);
  EXPECT_TRUE(found->covers(0x1234));
}

TEST(RemappingUnit, CoversWhatItLists) {
  std::vector<u8> const io_apic = {3, 8, 0, 0, 0, 0xff, 0, 0}, disk = {1, 8, 0, 0, 0, 0, 3, 1}, far = {1, 10, 0, 0, 0, 0, 2, 0, 5, 0};
  auto scopes = io_apic;
  scopes.insert(scopes.end(), disk.begin(), disk.end());
  scopes.insert(scopes.end(), far.begin(), far.end());
  auto const found = remapping_unit(table({unit_with(scopes)}));
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->covers(3 << 3 | 1));
  for (u64 other : {0, 3 << 3, 2 << 3, 5 << 3, 0x100 | 3 << 3 | 1}) EXPECT_FALSE(found->covers(other)) << other;
  EXPECT_FALSE(RemappingUnit{}.covers(3 << 3 | 1));
}

TEST(RemappingUnit, SeveralAreRefused) {
  EXPECT_EQ(remapping_unit(table({unit(1, 0), unit(1, 0x10)})).error(), Error::not_supported);
  EXPECT_EQ(remapping_unit(table({reserved_memory})).error(), Error::not_found);
}

TEST(RemappingUnit, BrokenTablesAreRefused) {
  auto t = table({unit(1, 0)});
  t[47] ^= 1;
  EXPECT_EQ(remapping_unit(t).error(), Error::corrupt);
  EXPECT_EQ(remapping_unit(table({{0, 0, 0, 0}})).error(), Error::corrupt);
  EXPECT_EQ(remapping_unit(table({{0, 0, 32, 0, 1, 0, 0, 0}})).error(), Error::corrupt);
  EXPECT_EQ(remapping_unit(table({unit_with({1, 0, 0, 0, 0, 0, 3, 1})})).error(), Error::corrupt);
  EXPECT_EQ(remapping_unit(table({unit_with({1, 9, 0, 0, 0, 0, 3, 1})})).error(), Error::corrupt);
  EXPECT_EQ(remapping_unit({}).error(), Error::corrupt);
}

}  // namespace
}  // namespace hinge::placement
