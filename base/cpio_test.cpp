// links: base/cpio.cpp
#include "base/cpio.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "tests/support/mutate.hpp"

namespace hinge::cpio {
namespace {

void add(test::Bytes& archive, std::string const& name, std::string const& data, u32 mode = 0100644) {
  char header[111];
  std::snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 5, mode, 0, 0, 1, 9,
                unsigned(data.size()), 0, 0, 4, 64, unsigned(name.size() + 1), 0);
  archive.insert(archive.end(), header, header + 110);
  archive.insert(archive.end(), name.c_str(), name.c_str() + name.size() + 1);
  archive.resize(align_up(archive.size(), 4));
  archive.insert(archive.end(), data.begin(), data.end());
  archive.resize(align_up(archive.size(), 4));
}

test::Bytes sample() {
  test::Bytes archive;
  add(archive, "./boot/a", "first");
  add(archive, "/boot/b", "");
  add(archive, "root/dev/tty", "", 0020600);
  add(archive, "TRAILER!!!", "");
  return archive;
}

TEST(Cpio, WalksMembersInOrder) {
  auto const archive = sample();
  Reader reader{archive};
  auto const a = reader.next().value();
  EXPECT_EQ(a.name, "boot/a");
  EXPECT_EQ(std::string(a.data.begin(), a.data.end()), "first");
  EXPECT_EQ(reader.next()->name, "boot/b");
  auto const tty = reader.next().value();
  EXPECT_EQ(tty.mode, 0020600u);
  EXPECT_EQ(tty.device_major, 4u);
  EXPECT_EQ(tty.device_minor, 64u);
  EXPECT_EQ(reader.next().error(), Error::not_found);
  EXPECT_EQ(reader.next().error(), Error::not_found);
}

TEST(Cpio, FindsByName) {
  auto const archive = sample();
  EXPECT_EQ(find(archive, "boot/a")->data.size(), 5u);
  EXPECT_EQ(find(archive, "boot/c").error(), Error::not_found);
}

TEST(Cpio, ReadsArchivesBehindOneAnother) {
  auto archive = sample();
  archive.resize(align_up(archive.size(), 512));
  add(archive, "root/run/hinge/command", "ls");
  add(archive, "TRAILER!!!", "");
  archive.resize(align_up(archive.size(), 512));
  EXPECT_EQ(find(archive, "root/run/hinge/command")->data.size(), 2u);
  EXPECT_EQ(find(archive, "boot/c").error(), Error::not_found);
}

TEST(Cpio, SaysCorruptWhereTheFormatBreaks) {
  auto archive = sample();
  archive.resize(100);
  EXPECT_EQ(find(archive, "x").error(), Error::corrupt);
  archive = sample();
  archive[3] = 'x';
  EXPECT_EQ(find(archive, "x").error(), Error::corrupt);
  archive = sample();
  archive[6 + 6 * 8] = 'f';  // The file's size.
  EXPECT_EQ(find(archive, "x").error(), Error::corrupt);
}

TEST(Cpio, AnyBytesEndTheWalk) {
  auto const good = sample();
  for (u64 seed = 0; seed < 20'000; ++seed) {
    auto const bytes = test::mutate(good, seed);
    Reader reader{bytes};
    u64 members = 0;
    [[maybe_unused]] u8 volatile touched;
    while (auto entry = reader.next()) {
      ASSERT_LT(++members, bytes.size());
      for (u8 b : entry->data) touched = b;  // All of it, under the address sanitizer.
    }
  }
}

}  // namespace
}  // namespace hinge::cpio
