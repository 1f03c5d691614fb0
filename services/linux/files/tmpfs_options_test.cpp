#include "services/linux/files/tmpfs_options.hpp"

#include <gtest/gtest.h>

namespace hinge::linux_service {
namespace {

constexpr u64 memory = 1000;

TEST(TmpfsOptions, WithoutAnyItIsHalfOfTheMemoryForEverybody) {
  auto const found = TmpfsOptions::parse("", memory);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pages, memory / 2);
  EXPECT_EQ(found->mode, 01777u);
}

TEST(TmpfsOptions, SizesHaveUnits) {
  EXPECT_EQ(TmpfsOptions::parse("size=8192", memory)->pages, 2u);
  EXPECT_EQ(TmpfsOptions::parse("size=1", memory)->pages, 1u);
  EXPECT_EQ(TmpfsOptions::parse("size=16k", memory)->pages, 4u);
  EXPECT_EQ(TmpfsOptions::parse("size=2M", memory)->pages, 512u);
  EXPECT_EQ(TmpfsOptions::parse("size=1g", memory)->pages, 1u << 18);
  EXPECT_EQ(TmpfsOptions::parse("size=10%", memory)->pages, 100u);
  EXPECT_EQ(TmpfsOptions::parse("nr_blocks=7", memory)->pages, 7u);
  EXPECT_EQ(TmpfsOptions::parse("size=0", memory)->pages, PageQuota::unlimited);
}

TEST(TmpfsOptions, TheLastOneCounts) {
  auto const found = TmpfsOptions::parse("mode=700,,uid=3,gid=4,size=4k,size=8k", memory);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->mode, 0700u);
  EXPECT_EQ(found->owner, 3u);
  EXPECT_EQ(found->group, 4u);
  EXPECT_EQ(found->pages, 2u);
}

TEST(TmpfsOptions, WhatMakesNoSenseIsInvalid) {
  for (auto const* text : {"size", "size=", "size=x", "size=1q", "size=1kk", "size=-1", "size=101%", "size=99999999999999999999", "size=9999999999999t",
                           "mode=8", "mode=9x", "uid=", "color=red"})
    EXPECT_EQ(TmpfsOptions::parse(text, memory).error(), Errno::invalid) << text;
}

TEST(PageQuota, TakesNoMoreThanItsLimit) {
  PageQuota quota;
  quota.set_limit(2);
  EXPECT_TRUE(quota.has(2));
  EXPECT_TRUE(quota.take_one());
  EXPECT_FALSE(quota.has(2));
  EXPECT_TRUE(quota.take_one());
  EXPECT_FALSE(quota.take_one());
  quota.give_back_one();
  EXPECT_TRUE(quota.take_one());
  EXPECT_EQ(quota.used(), 2u);
}

}  // namespace
}  // namespace hinge::linux_service
