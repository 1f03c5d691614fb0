#include "base/command_line.hpp"

#include <gtest/gtest.h>

namespace hinge {
namespace {

TEST(CommandLine, FindsValuesFlagsAndArguments) {
  constexpr CommandLine line{"preset=micro  quiet init=/bin/sh preset=mono -- -c \"echo a b\""};
  EXPECT_EQ(line.value("preset"), "mono");
  EXPECT_EQ(line.value("init"), "/bin/sh");
  EXPECT_EQ(line.value("root", "none"), "none");
  EXPECT_TRUE(line.has("quiet"));
  EXPECT_FALSE(line.has("-c"));
  EXPECT_EQ(line.arguments(), "-c \"echo a b\"");
}

TEST(CommandLine, KeepsQuotedWordsTogether) {
  constexpr CommandLine line{"a=\"x y\" \"b c\""};
  EXPECT_EQ(line.value("a"), "x y");
  EXPECT_TRUE(line.has("b c"));
}

TEST(CommandLine, TakesAnyText) {
  EXPECT_EQ(CommandLine{""}.value("a"), "");
  EXPECT_EQ(CommandLine{"--"}.arguments(), "");
  EXPECT_EQ(CommandLine{"a=\"open"}.value("a"), "\"open");
  EXPECT_EQ(CommandLine{"="}.value(""), "");
}

}  // namespace
}  // namespace hinge
