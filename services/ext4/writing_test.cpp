// What the service writes: random changes against a model, after which e2fsck has nothing to say; power cuts at random
// moments; deaths of the service; a full disk and a failing device.
// links: services/ext4/*.cpp
// links: host/vault.cpp host/undo_log.cpp host/heap.cpp host/lock_rank.cpp host/message.cpp
// links: tests/ext4/image.cpp tests/ext4/walk.cpp tests/ext4/writable.cpp tests/ext4/model.cpp
// links: tests/support/fake_host.cpp base/format.cpp
#include <gtest/gtest.h>

#include "tests/ext4/model.hpp"

namespace hinge::test {
namespace {

namespace fs = std::filesystem;
using Fs = FileSystem;

std::vector<u8> empty_image(TemporaryFolder const& folder, std::string const& options = "-t ext4", std::string const& size = "24M") {
  fs::create_directories(folder / "root");
  return make_image(folder / "image", folder / "root", options, size);
}

Picture seen(Writable& w) {
  Walk walk{w.port, w.caller};
  Picture picture = picture_of(walk.tree());
  EXPECT_EQ(walk.errors, 0u);
  return picture;
}

void expect_sound(std::vector<u8> const& image, TemporaryFolder const& folder) {
  std::string output;
  EXPECT_TRUE(is_sound(image, folder / "checked", output)) << output;
}

TEST(Ext4Writing, ACleanVolumeStaysClean) {
  TemporaryFolder const folder;
  Writable w{empty_image(folder)};
  ASSERT_TRUE(w.mount());
  auto const file = w.create(w.root(), "file");
  ASSERT_TRUE(file);
  ASSERT_TRUE(w.write(file->inode, 0, "content"));
  ASSERT_TRUE(w.commit());
  ASSERT_TRUE(w.unmount());
  expect_sound(w.disk.now(), folder);
  EXPECT_EQ(run("debugfs -R 'cat /file' " + (folder / "checked").string() + " 2>/dev/null").find("content"), 0u);
}

struct Variant { char const* name; char const* options; };
class Ext4Variants : public testing::TestWithParam<Variant> {};

TEST_P(Ext4Variants, RandomChangesAreAsInTheModel) {
  for (u64 seed = 1; seed <= 3; ++seed) {
    TemporaryFolder const folder;
    Writable w{empty_image(folder, GetParam().options)};
    ASSERT_TRUE(w.mount());
    Player player{w, seed};
    for (int i = 0; i < 400; ++i) {
      ASSERT_TRUE(player.play()) << player.what() << ": " << to_string(player.error()) << ", seed " << seed << " step " << i;
      if (i % 97 == 0) ASSERT_TRUE(w.commit());
    }
    EXPECT_EQ(difference(picture_of(player.tree()), seen(w)), "") << "seed " << seed;
    ASSERT_TRUE(w.unmount());
    expect_sound(w.disk.now(), folder);
    ASSERT_TRUE(w.mount(1));
    EXPECT_EQ(difference(picture_of(player.tree()), seen(w)), "") << "seed " << seed << ", mounted again";
  }
}

INSTANTIATE_TEST_SUITE_P(Ext4, Ext4Variants, testing::Values(
    Variant{"defaults", "-t ext4"}, Variant{"blocks_1k", "-t ext4 -b 1024"}, Variant{"blocks_4k", "-t ext4 -b 4096"},
    Variant{"no_checksums", "-t ext4 -O ^metadata_csum"}, Variant{"group_checksums", "-t ext4 -O ^metadata_csum,uninit_bg"},
    Variant{"short_descriptors", "-t ext4 -b 1024 -O ^64bit"}, Variant{"small_inodes", "-t ext4 -I 128"},
    Variant{"no_dir_index", "-t ext4 -O ^dir_index"}, Variant{"csum_seed", "-t ext4 -O metadata_csum_seed"},
    Variant{"no_flex_bg", "-t ext4 -b 1024 -O ^flex_bg,^resize_inode"}), [](auto const& info) { return info.param.name; });

TEST(Ext4Writing, ManyNamesMakeAnIndexThatOthersRead) {
  TemporaryFolder const folder;
  Writable w{empty_image(folder, "-t ext4 -b 1024 -N 8192", "48M")};
  ASSERT_TRUE(w.mount());
  auto const d = w.create(w.root(), "many", 0040755).value();
  for (int i = 0; i < 4000; ++i) ASSERT_TRUE(w.create(d.inode, "name number " + std::to_string(i * 7919))) << i;
  for (int i = 0; i < 4000; i += 3) {
    auto const gone = w.unlink(d.inode, "name number " + std::to_string(i * 7919));
    ASSERT_TRUE(gone) << i;
    ASSERT_TRUE(w.release(gone->inode));
  }
  for (int i = 0; i < 4000; ++i) EXPECT_EQ(w.look_up(d.inode, "name number " + std::to_string(i * 7919)).has_value(), i % 3 != 0) << i;
  ASSERT_TRUE(w.unmount());
  expect_sound(w.disk.now(), folder);
}

TEST(Ext4Writing, AScatteredFileGrowsATreeAndShrinks) {
  TemporaryFolder const folder;
  Writable w{empty_image(folder, "-t ext4 -b 1024", "48M")};
  ASSERT_TRUE(w.mount());
  auto const file = w.create(w.root(), "scattered").value();
  for (u64 i = 0; i < 1500; ++i) ASSERT_TRUE(w.write(file.inode, (i * 617 % 1500) * 8192, std::to_string(i))) << i;
  auto const half = w.truncate(file.inode, 700 * 8192 + 5);
  ASSERT_TRUE(half);
  ASSERT_TRUE(w.port.on(Fs::Allocate{file.inode, 100 * 8192, 300 * 8192, Fs::Allocate::punch_hole, 1, w.now_ns}, w.next()));
  ASSERT_TRUE(w.commit());
  ASSERT_TRUE(w.unmount());
  expect_sound(w.disk.now(), folder);
  ASSERT_TRUE(w.mount());
  ASSERT_TRUE(w.unlink(w.root(), "scattered"));
  ASSERT_TRUE(w.release(file.inode));
  ASSERT_TRUE(w.unmount());
  expect_sound(w.disk.now(), folder);
}

/// After a cut: the journal is replayed, e2fsck is silent, and the tree is one of those since the last commit.
void play_until_cut(u64 seed, std::string const& options) {
  TemporaryFolder const folder;
  std::vector<u8> after;
  std::vector<Picture> allowed;
  {
    Writable w{empty_image(folder, options)};
    ASSERT_TRUE(w.mount());
    Player player{w, seed, true};
    allowed = {picture_of(player.tree())};
    u64 const steps = 20 + player.random()() % 200;
    for (u64 i = 0; i < steps; ++i) {
      ASSERT_TRUE(player.play()) << player.what() << ": " << to_string(player.error());
      allowed.push_back(picture_of(player.tree()));
      if (player.random()() % 12 != 0) continue;
      ASSERT_TRUE(w.commit());
      allowed = {allowed.back()};
    }
    // In some runs the power goes in the middle of a commit.
    if (player.random()() % 2) {
      w.disk.dies_after = w.disk.writes + player.random()() % 6;
      (void)w.commit();
    }
    after = w.disk.cut(player.random());
    w.power_off();
  }
  Writable w{after};
  ASSERT_TRUE(w.mount()) << "seed " << seed;
  expect_one_of(allowed, seen(w), seed);
  ASSERT_TRUE(w.unmount());
  expect_sound(w.disk.now(), folder);
}

TEST(Ext4Writing, PowerCutsLoseNothingThatWasCommitted) {
  for (u64 seed = 1; seed <= 24; ++seed) {
    play_until_cut(seed, seed % 2 ? "-t ext4" : "-t ext4 -b 4096");
    if (HasFailure()) return;
  }
}

TEST(Ext4Writing, OthersReplayItsJournal) {
  for (u64 seed = 1; seed <= 8; ++seed) {
    TemporaryFolder const folder;
    std::vector<u8> after;
    Picture committed;
    {
      Writable w{empty_image(folder)};
      ASSERT_TRUE(w.mount());
      Player player{w, seed, true};
      for (u64 i = 0; i < 150; ++i) ASSERT_TRUE(player.play()) << player.what();
      ASSERT_TRUE(w.commit());
      committed = picture_of(player.tree());
      after = w.disk.cut(player.random());
      w.power_off();
    }
    std::string output;
    (void)is_sound(after, folder / "cut", output);
    run("e2fsck -fy " + (folder / "cut").string(), 1);
    auto const repaired = load_image(folder / "cut");
    expect_sound(repaired, folder);
    Writable w{repaired};
    ASSERT_TRUE(w.mount(1));
    EXPECT_EQ(difference(committed, seen(w)), "") << "seed " << seed;
  }
}

TEST(Ext4Writing, TheServiceDiesAndNothingIsLostOrDoneTwice) {
  for (u64 seed = 1; seed <= 10; ++seed) {
    TemporaryFolder const folder;
    Writable w{empty_image(folder, seed % 2 ? "-t ext4" : "-t ext4 -b 4096")};
    ASSERT_TRUE(w.mount());
    Player player{w, seed};
    for (int i = 0; i < 250; ++i) {
      ASSERT_TRUE(player.play()) << player.what() << ": " << to_string(player.error()) << ", seed " << seed << " step " << i;
      if (player.random()() % 30 == 0) ASSERT_TRUE(w.commit());
      if (player.random()() % 10 == 0) {
        w.restart();
        EXPECT_EQ(difference(picture_of(player.tree()), seen(w)), "") << "seed " << seed << " step " << i << " after " << player.what();
        if (testing::Test::HasFailure()) return;
      }
    }
    ASSERT_TRUE(w.unmount());
    expect_sound(w.disk.now(), folder);
  }
}

TEST(Ext4Writing, ARequestIssuedAgainIsAnsweredAsBefore) {
  TemporaryFolder const folder;
  Writable w{empty_image(folder)};
  ASSERT_TRUE(w.mount());
  for (bool committed : {false, true}) {
    Fs::Create const create{w.root(), 5, 0, 0100644, 0, 0, 0, FileName::from(committed ? "b" : "a")};
    Caller first = w.next(), again = first;
    again.reason = Reason::repeated;
    auto const made = w.port.on(create, first).value().created;
    if (committed) ASSERT_TRUE(w.commit());
    if (committed) ASSERT_TRUE(w.port.on(Fs::Commit{1, InodeNumber{0}, 0}, Caller{.thread = 2, .sequence = 1}));
    w.restart();
    EXPECT_EQ(w.port.on(create, again).value().created.inode, made.inode);
  }
  ASSERT_TRUE(w.unmount());
  expect_sound(w.disk.now(), folder);
}

TEST(Ext4Writing, AFullDiskSaysSoAndRecovers) {
  TemporaryFolder const folder;
  Writable w{empty_image(folder, "-t ext4 -b 1024", "8M")};
  ASSERT_TRUE(w.mount());
  for (int round = 0; round < 3; ++round) {
    std::vector<InodeNumber> files;
    Result<> written = ok;
    for (int i = 0; written && i < 200; ++i) {
      auto const file = w.create(w.root(), "f" + std::to_string(i));
      ASSERT_TRUE(file);
      files.push_back(file->inode);
      written = w.write(file->inode, 0, std::string(100'000, 'x'));
    }
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error(), Error::no_space);
    auto const refused = w.port.on(Fs::Reserve{1, 1000, 1}, w.next());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), Error::no_space);
    for (usize i = 0; i < files.size(); ++i) {
      ASSERT_TRUE(w.unlink(w.root(), "f" + std::to_string(i)));
      ASSERT_TRUE(w.release(files[i]));
    }
    EXPECT_GT(files.size(), 40u) << "round " << round;
  }
  ASSERT_TRUE(w.port.on(Fs::Reserve{1, 1000, 2}, w.next()));
  ASSERT_TRUE(w.port.on(Fs::Reserve{1, -1000, 3}, w.next()));
  ASSERT_TRUE(w.unmount());
  expect_sound(w.disk.now(), folder);
}

/// The name that makes a directory an indexed one needs two blocks: with one, what has been done by then is undone.
TEST(Ext4Writing, AnIndexThatFindsNoRoomLeavesTheDirectoryAsItWas) {
  TemporaryFolder const folder;
  Writable w{empty_image(folder, "-t ext4 -b 1024", "8M")};
  ASSERT_TRUE(w.mount());
  auto const directory = w.create(w.root(), "d", 0040755).value().inode;
  auto const name = [](int i) { return std::to_string(i) + std::string(220, 'n'); };
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(w.create(directory, name(i)));
  ASSERT_TRUE(w.commit());
  u64 ordinal = 0;
  for (i64 blocks : {1000, 100, 10, 1})
    while (w.port.on(Fs::Reserve{1, blocks, ++ordinal}, w.next())) {}
  ASSERT_TRUE(w.port.on(Fs::Reserve{1, -1, ++ordinal}, w.next()));
  auto const refused = w.create(directory, name(4));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Error::no_space);
  ASSERT_TRUE(w.unmount());
  expect_sound(w.disk.now(), folder);
  ASSERT_TRUE(w.mount());
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(w.look_up(directory, name(i)));
  ASSERT_TRUE(w.create(directory, name(4)));
  ASSERT_TRUE(w.unmount());
  expect_sound(w.disk.now(), folder);
}

TEST(Ext4Writing, AFailingDeviceTurnsItReadOnly) {
  TemporaryFolder const folder;
  Writable w{empty_image(folder)};
  ASSERT_TRUE(w.mount());
  auto const file = w.create(w.root(), "kept").value();
  ASSERT_TRUE(w.commit());
  ASSERT_TRUE(w.create(w.root(), "lost"));
  w.disk.dies_after = w.disk.writes;
  auto const committed = w.commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error(), Error::io);
  w.disk.dies_after = ~u64{0};
  EXPECT_EQ(w.create(w.root(), "more").error(), Error::read_only);
  EXPECT_EQ(w.write(file.inode, 0, "x").error(), Error::read_only);
  EXPECT_EQ(w.commit().error(), Error::io);
  EXPECT_FALSE(w.unmount());
  ASSERT_TRUE(w.mount());
  EXPECT_TRUE(w.look_up(w.root(), "kept"));
  EXPECT_FALSE(w.look_up(w.root(), "lost"));
  ASSERT_TRUE(w.unmount());
  expect_sound(w.disk.now(), folder);
}

TEST(Ext4Writing, WhatCannotBeWrittenIsRefused) {
  for (char const* options : {"-t ext2", "-t ext3", "-t ext4 -O ^has_journal", "-t ext4 -O quota"}) {
    TemporaryFolder const folder;
    auto const image = empty_image(folder, options);
    Writable w{image};
    auto const mounted = w.mount();
    ASSERT_FALSE(mounted) << options;
    EXPECT_EQ(mounted.error(), Error::read_only) << options;
    EXPECT_TRUE(w.disk.now() == image) << options;
    EXPECT_TRUE(w.mount(1)) << options;
  }
}

}  // namespace
}  // namespace hinge::test
