// links: base/format.cpp
#include "base/format.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace hinge {
namespace {

template <class... A>
std::string text(FormatString<A...> f, A const&... a) {
  char buffer[128];
  return std::string{format_to(buffer, f, a...)};
}

TEST(Format, Numbers) {
  EXPECT_EQ(text("{} {} {}", 0, -5, 42u), "0 -5 42");
  EXPECT_EQ(text("{}", std::numeric_limits<u64>::max()), "18446744073709551615");
  EXPECT_EQ(text("{}", std::numeric_limits<i64>::min()), "-9223372036854775808");
  EXPECT_EQ(text("{x} {08x} {5}|", 255, 0xbeefu, 42), "ff 0000beef    42|");
  EXPECT_EQ(text("{x}", i64{-1}), "ffffffffffffffff");
  EXPECT_EQ(text("{06}", -12), "-00012");
  EXPECT_EQ(text("{} {}", u8{200}, i32{-7}), "200 -7");
}

TEST(Format, OtherKinds) {
  char const* word = "word";
  EXPECT_EQ(text("{}-{}-{}", true, 'c', word), "true-c-word");
  EXPECT_EQ(text("[{6}]", std::string_view{"ab"}), "[ab    ]");
  EXPECT_EQ(text("{} {x}", PhysAddr{0x1000}, VirtAddr{0xabc}), "0x1000 abc");
  EXPECT_EQ(text("{}", CpuId{3}), "3");
  EXPECT_EQ(text("{}", Error::no_memory), "no_memory");
  EXPECT_EQ(text("{}", reinterpret_cast<void const*>(0x10)), "0x10");
}

TEST(Format, BracesAndCutting) {
  EXPECT_EQ(text("{{{}}}", 1), "{1}");
  char small[4];
  EXPECT_EQ(format_to(small, "{}", 123456), "1234");
  EXPECT_EQ(format_to(std::span<char>{}, "x{}", 1), "");
}

TEST(Format, TemplatesAreChecked) {
  EXPECT_EQ(detail::format_placeholders("{} {08x} {{"), 2);
  EXPECT_EQ(detail::format_placeholders("{"), -1);
  EXPECT_EQ(detail::format_placeholders("}"), -1);
  EXPECT_EQ(detail::format_placeholders("{q}"), -1);
  EXPECT_EQ(detail::format_placeholders("{99}"), -1);
}

}  // namespace
}  // namespace hinge
