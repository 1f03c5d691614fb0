// Directories of 60,000 names, made by the service, name by name, half of them removed again: as e2fsck finds them, and as
// they are listed and looked up afterwards.
// links: services/ext4/*.cpp
// links: host/vault.cpp host/undo_log.cpp host/heap.cpp host/lock_rank.cpp host/message.cpp
// links: tests/ext4/image.cpp tests/ext4/walk.cpp tests/ext4/writable.cpp tests/support/fake_host.cpp base/format.cpp
#include <gtest/gtest.h>

#include "tests/ext4/walk.hpp"
#include "tests/ext4/writable.hpp"

namespace hinge::test {
namespace {

namespace fs = std::filesystem;

constexpr u32 count = 60'000;

std::string name_of(u32 i) { return "one of many names, number " + std::to_string(i * 7919); }

/// How many of the names with this property are not found, or found with another inode than in the listing.
template <class Port, class F>
u32 lost(Port& port, Caller const& caller, InodeNumber directory, std::map<std::string, u64> const& listed, F&& expected) {
  u32 wrong = 0;
  for (u32 i = 0; i < count; ++i) {
    auto const found = port.on(FileSystem::Lookup{directory, FileName::from(name_of(i))}, caller);
    auto const entry = listed.find(name_of(i));
    bool const there = found && entry != listed.end() && entry->second == found->found.inode.raw();
    bool const nowhere = !found && found.error() == Error::not_found && entry == listed.end();
    wrong += expected(i) ? !there : !nowhere;
  }
  return wrong;
}

bool always(u32) { return true; }

TEST(Ext4Directories, OfManyNamesAreMadeAndEmptied) {
  TemporaryFolder const folder;
  fs::create_directories(folder / "root");
  Writable w{make_image(folder / "image", folder / "root", "-t ext4 -b 1024 -N 61000", "64M")};
  ASSERT_TRUE(w.mount());
  auto const many = w.create(w.root(), "many", 0040755).value().inode;
  for (u32 i = 0; i < count; ++i) ASSERT_TRUE(w.create(many, name_of(i))) << i;
  ASSERT_TRUE(w.commit());
  std::string output;
  auto const found_as = [&](auto&& expected, u32 names) {
    ASSERT_TRUE(w.unmount());
    EXPECT_TRUE(is_sound(w.disk.now(), folder / "checked", output)) << output;
    ASSERT_TRUE(w.mount());
    Walk walk{w.port, w.caller};
    auto const listed = walk.names(many);
    EXPECT_EQ(walk.errors, 0u);
    EXPECT_EQ(listed.size(), names);
    EXPECT_EQ(lost(w.port, w.caller, many, listed, expected), 0u);
  };
  found_as(always, count);
  for (u32 i = 0; i < count; i += 2) {
    auto const gone = w.unlink(many, name_of(i));
    ASSERT_TRUE(gone) << i;
    ASSERT_TRUE(w.release(gone->inode)) << i;
  }
  found_as([](u32 i) { return i % 2 == 1; }, count / 2);
  ASSERT_TRUE(w.unmount());
}

}  // namespace
}  // namespace hinge::test
