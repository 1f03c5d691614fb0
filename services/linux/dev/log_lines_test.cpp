// links: services/linux/dev/log_lines.cpp tests/support/fake_host.cpp
#include "services/linux/dev/log_lines.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "tests/support/fake_host.hpp"

namespace hinge::linux_service {
namespace {

std::string written;
constexpr usize ring_bytes = 4096;

class LogLinesTest : public testing::Test {
 protected:
  void SetUp() override {
    written.clear();
    fake_host::replace(native::Number::log_read, [](u64 at, u64 to, u64 bytes, u64, u64, u64) -> i64 {
      if (written.size() > ring_bytes && at < written.size() - ring_bytes) return -i64(Error::not_found);
      if (at >= written.size()) return 0;
      usize const n = std::min<usize>(bytes, written.size() - at);
      std::memcpy(reinterpret_cast<void*>(to), written.data() + at, n);
      return i64(n);
    });
    fake_host::replace(native::Number::system_info, [](u64 info, u64, u64, u64, u64, u64) -> i64 {
      reinterpret_cast<host::SystemInfo*>(info)->log_end = written.size();
      return 0;
    });
  }
  static std::vector<std::string> all(LogLines& lines) {
    std::vector<std::string> found;
    for (std::string_view line; lines.next(line);) found.emplace_back(line);
    return found;
  }
};

TEST_F(LogLinesTest, ReadsAllThenWhatComes) {
  written = "one\ntwo\n";
  LogLines lines{LogLines::From::oldest};
  EXPECT_EQ(all(lines), (std::vector<std::string>{"one", "two"}));
  written += "three";
  EXPECT_TRUE(all(lines).empty());
  written += "\n";
  EXPECT_EQ(all(lines), (std::vector<std::string>{"three"}));
}

TEST_F(LogLinesTest, StartsBehindWhatTheRingHasLost) {
  for (int i = 0; i < 2000; ++i) written += "line " + std::to_string(i) + "\n";
  LogLines lines{LogLines::From::oldest};
  auto const found = all(lines);
  EXPECT_GT(found.size(), 150u);
  EXPECT_EQ(found.back(), "line 1999");
  for (usize i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], "line " + std::to_string(2000 - found.size() + i));
}

TEST_F(LogLinesTest, SkipsWhatGetsLostWhileReading) {
  written = "first\nsecond\n";
  LogLines lines{LogLines::From::oldest};
  for (int i = 0; i < 2000; ++i) written += "line " + std::to_string(i) + "\n";
  EXPECT_EQ(all(lines).back(), "line 1999");
}

TEST_F(LogLinesTest, NewestSeesOnlyWhatComes) {
  written = "old\n";
  LogLines lines{LogLines::From::newest};
  written += "new\n";
  EXPECT_EQ(all(lines), (std::vector<std::string>{"new"}));
}

TEST(LogLine, TakesTheTimeStampApart) {
  EXPECT_EQ(LogLine{"[   12.345678] linux: hello"}.micros, 12'345'678u);
  EXPECT_EQ(LogLine{"[   12.345678] linux: hello"}.text, "linux: hello");
  EXPECT_EQ(LogLine{"[0.5] x"}.micros, 500'000u);
  EXPECT_EQ(LogLine{"[x] y"}.text, "[x] y");
  EXPECT_EQ(LogLine{""}.text, "");
  EXPECT_EQ(LogLine{"[1.5]"}.text, "");
}

}  // namespace
}  // namespace hinge::linux_service
