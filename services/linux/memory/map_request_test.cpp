// mmap's argument checks, as mmap(2) has them.
// links: services/linux/memory/map_request.cpp
#include <gtest/gtest.h>

#include "abi/layout.hpp"
#include "services/linux/memory/map.hpp"

namespace hinge::linux_service {
namespace {

constexpr u64 anonymous = map_flag::private_ | map_flag::anonymous;

TEST(MapRequest, RoundsAndTranslates) {
  auto const r = read_request(0, 5000, 3, anonymous, 0);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->bytes, 8192u);
  EXPECT_EQ(r->protection, Protection::read | Protection::write);
  EXPECT_FALSE(r->shared);
  EXPECT_TRUE(r->anonymous);
  EXPECT_EQ(r->nucleus_flags, u32(MapFlag::large_pages));
  EXPECT_EQ(read_request(0, 5000, 3, anonymous | map_flag::stack, 0)->nucleus_flags, 0u);
  EXPECT_TRUE(has(read_request(0x10000, 1, 0, map_flag::shared | map_flag::fixed, 0)->nucleus_flags, MapFlag::fixed));
  EXPECT_TRUE(has(read_request(0x10000, 1, 0, anonymous | map_flag::fixed_noreplace, 0)->nucleus_flags, MapFlag::fixed_noreplace));
  EXPECT_EQ(read_request(0x123, 1, 0, anonymous, 0)->address, 0u);
}

TEST(MapRequest, Refuses) {
  EXPECT_EQ(read_request(0, 0, 3, anonymous, 0).error(), Errno::invalid);
  EXPECT_EQ(read_request(0, 1, 3, map_flag::anonymous, 0).error(), Errno::invalid);
  EXPECT_EQ(read_request(0, 1, 32, anonymous, 0).error(), Errno::invalid);
  EXPECT_EQ(read_request(0, 1, 3, anonymous, 1).error(), Errno::invalid);
  EXPECT_EQ(read_request(0, ~u64{0}, 3, anonymous, 0).error(), Errno::no_memory);
  EXPECT_EQ(read_request(0x10001, 1, 3, anonymous | map_flag::fixed, 0).error(), Errno::invalid);
  EXPECT_EQ(read_request(0, 1, 3, anonymous | map_flag::fixed, 0).error(), Errno::not_permitted);
  EXPECT_EQ(read_request(layout::user_end, 4096, 3, anonymous | map_flag::fixed, 0).error(), Errno::no_memory);
  EXPECT_EQ(read_request(0, 4096, 1, map_flag::private_, ~u64{0} - 4095).error(), Errno::overflow);
}

TEST(MapRequest, FilesLimitProtection) {
  EXPECT_EQ(most_protection({false, true}, false, Protection::read).error(), Errno::access);
  EXPECT_EQ(*most_protection({true, false}, false, Protection::write), all_access);
  EXPECT_EQ(most_protection({true, false}, true, Protection::write).error(), Errno::access);
  EXPECT_FALSE(has(*most_protection({true, false}, true, Protection::read), Protection::write));
}

}  // namespace
}  // namespace hinge::linux_service
