// links: services/linux/generated/text.cpp base/format.cpp host/heap.cpp host/lock_rank.cpp tests/support/fake_host.cpp
#include "services/linux/generated/text.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/fake_host.hpp"

namespace hinge::linux_service {
namespace {

TEST(Text, Grows) {
  Text text;
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    text.add("{} {x}\n", i, i);
    char line[40];
    expected += std::string(line, usize(std::snprintf(line, sizeof line, "%d %x\n", i, i)));
  }
  EXPECT_EQ(text.view(), expected);
  EXPECT_TRUE(text.complete());
}

TEST(Text, EscapesWhatWouldConfuseAReader) {
  Text text;
  text.append_escaped("a b\t\\c\n");
  EXPECT_EQ(text.view(), "a\\040b\\011\\134c\\012");
}

TEST(Text, SaysWhenMemoryIsOut) {
  Text text;
  text.append(std::string(200, 'x'));
  fake_host::limit_frames(fake_host::committed_frames());
  for (int i = 0; i < 1000; ++i) text.append(std::string(1000, 'y'));
  fake_host::limit_frames(~u64{0});
  EXPECT_FALSE(text.complete());
  EXPECT_EQ(text.view().substr(0, 200), std::string(200, 'x'));
}

}  // namespace
}  // namespace hinge::linux_service
