// Directories of 60,000 names: as e2fsck indexes them, read, looked up and listed; and made by the service, name by
// name, half of them removed again, as e2fsck and the service find them afterwards.
// links: services/ext4/*.cpp
// links: host/vault.cpp host/undo_log.cpp host/heap.cpp host/lock_rank.cpp host/message.cpp
// links: tests/ext4/image.cpp tests/ext4/walk.cpp tests/ext4/writable.cpp tests/support/fake_host.cpp base/format.cpp
#include <gtest/gtest.h>

#include <fstream>

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

constexpr u32 block = 1024, files = 1000, first_inode = 12;   ///< As mke2fs numbers what is in a folder.

/// The blocks of a directory (Linux' documentation of ext4, "Linear Directories") whose names stand for the files in turn.
/// mke2fs and debugfs would take minutes: they look through all names for each.
std::string linear_directory() {
  std::string all, current;
  usize last = 0;
  auto const put = [](std::string& to, usize at, auto value) { to.replace(at, sizeof value, reinterpret_cast<char const*>(&value), sizeof value); };
  auto const finish = [&] {
    put(current, last + 4, u16(block - last));
    current.resize(block);
    all += current;
    current.clear();
  };
  auto const add = [&](u32 inode, std::string const& name, u8 type) {
    usize const bytes = (8 + name.size() + 3) / 4 * 4;
    if (current.size() + bytes > block) finish();
    last = current.size();
    current.resize(last + bytes);
    put(current, last, inode);
    put(current, last + 4, u16(bytes));
    put(current, last + 6, u16(name.size() | u32{type} << 8));
    current.replace(last + 8, name.size(), name);
  };
  add(2, ".", 2);   // e2fsck puts it right
  add(2, "..", 2);
  for (u32 i = 0; i < count; ++i) add(first_inode + i % files, name_of(i), 1);
  finish();
  return all;
}

TEST(Ext4Directories, OfManyNamesAreReadAsTheyWereIndexed) {
  TemporaryFolder const folder;
  fs::create_directories(folder / "root");
  for (u32 i = 0; i < files; ++i) std::ofstream{folder / "root" / ("f" + std::to_string(i))};
  write_file(folder / "root" / "made", linear_directory());
  make_image(folder / "image", folder / "root", "-t ext4 -b 1024 -O ^metadata_csum", "64M");
  debugfs(folder / "image", "sif made mode 040755\n");
  std::string const image = (folder / "image").string();
  run("e2fsck -fyD " + image + "; tune2fs -O metadata_csum " + image + " && e2fsck -fyD " + image, 1);
  Mounted m{load_image(folder / "image")};
  ASSERT_TRUE(m.mount());
  Walk walk{m.port, m.caller};
  auto const root = m.port.on(FileSystem::Root{1, 0}, m.caller).value().root.inode;
  auto const made = m.port.on(FileSystem::Lookup{root, FileName::from("made")}, m.caller).value().found.inode;
  auto const listed = walk.names(made);
  EXPECT_EQ(walk.errors, 0u);
  EXPECT_EQ(listed.size(), count);
  for (u32 i = 0; i < count; i += 97) EXPECT_EQ(listed.at(name_of(i)), first_inode + i % files);
  EXPECT_EQ(lost(m.port, m.caller, made, listed, always), 0u);
  EXPECT_FALSE(m.port.on(FileSystem::Lookup{made, FileName::from(name_of(count))}, m.caller));
}

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
