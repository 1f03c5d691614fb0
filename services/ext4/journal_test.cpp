// Dirty journals, made with debugfs, must read as the same image does after debugfs has replayed them.
// links: services/ext4/*.cpp
// links: host/vault.cpp host/undo_log.cpp host/heap.cpp host/lock_rank.cpp host/message.cpp
// links: tests/ext4/image.cpp tests/ext4/walk.cpp tests/support/fake_host.cpp base/format.cpp
#include <gtest/gtest.h>

#include "tests/ext4/image.hpp"
#include "tests/ext4/walk.hpp"
#include "tests/support/fake_host.hpp"

namespace hinge::test {
namespace {

namespace fs = std::filesystem;

/// What differs between two states of a file system, as debugfs is to write it into the first one's journal.
class Journaled : public testing::Test {
 protected:
  /// `before` and `after` in block_bytes; the journal of `before` gets a transaction with all blocks that differ.
  void prepare(std::string const& options, u32 block_bytes) {
    block_bytes_ = block_bytes;
    fs::create_directories(folder / "root/dir");
    write_file(folder / "root/old", "old content\n");
    write_file(folder / "root/gone", std::string(50'000, 'g'));
    make_image(image, folder / "root", options + " -b " + std::to_string(block_bytes) + " -J size=4", "32M");
    fs::copy_file(image, changed());
    write_file(folder / "file", content_);
    debugfs(changed(), "write " + (folder / "file").string() + " new\nmkdir dir/made\nrm gone\nln old dir/again\n");
  }

  /// The blocks that differ, one number in each line, and their contents.
  std::string differing_blocks() {
    auto const a = load_image(image), b = load_image(changed());
    std::string blocks, contents;
    for (usize at = 0; at < a.size(); at += block_bytes_) {
      if (std::equal(a.begin() + i64(at), a.begin() + i64(at + block_bytes_), b.begin() + i64(at))) continue;
      blocks += (blocks.empty() ? "" : ",") + std::to_string(at / block_bytes_);
      contents.append(b.begin() + i64(at), b.begin() + i64(at + block_bytes_));
    }
    write_file(folder / "contents", contents);
    return blocks;
  }

  fs::path changed() { return folder / "changed"; }

  /// The image's tree as the service reads it, nothing written.
  Tree tree_of(fs::path const& of) {
    auto const bytes = load_image(of);
    Mounted m{bytes};
    auto const mounted = m.mount();
    EXPECT_TRUE(mounted) << (mounted ? "" : to_string(mounted.error()));
    Walk walk{m.port, m.caller};
    Tree tree = walk.tree();
    EXPECT_EQ(walk.errors, 0u);
    EXPECT_EQ(m.disk.writes, 0u);
    EXPECT_TRUE(m.disk.units[0].bytes == bytes);
    return tree;
  }
  static void expect_equal(Tree const& a, Tree const& b) {
    ASSERT_EQ(a.size(), b.size());
    for (auto const& [path, node] : a) {
      ASSERT_TRUE(b.contains(path)) << path;
      Node const& other = b.at(path);
      EXPECT_TRUE(node.content == other.content) << path;
      EXPECT_EQ(std::memcmp(&node.attributes, &other.attributes, sizeof node.attributes), 0) << path;
    }
  }
  /// Journals the difference as debugfs' jo OPTIONS does; the image must then read as after a real replay.
  void expect_replayed(std::string const& open_options, std::string const& more = "") {
    std::string const blocks = differing_blocks();
    debugfs(image, "jo " + open_options + "\njw -b " + blocks + " " + (folder / "contents").string() + "\n" + more + "jc\n");
    Tree const ours = tree_of(image);
    fs::copy_file(image, folder / "replayed");
    debugfs(folder / "replayed", "jr\n");
    Tree const theirs = tree_of(folder / "replayed");
    expect_equal(ours, theirs);
    EXPECT_EQ(theirs.contains("/dir/made"), more.empty());
  }

  TemporaryFolder folder;
  fs::path image = folder / "image";
  // Data blocks that begin with the journal's magic number are escaped in it.
  std::string content_ = "\xc0\x3b\x39\x98" + std::string(20'000, 'n');
  u32 block_bytes_ = 0;
};

TEST_F(Journaled, WithoutChecksums) {
  prepare("-t ext4 -O ^metadata_csum", 1024);
  expect_replayed("");
}

TEST_F(Journaled, OfAnOlderFormat) {
  prepare("-t ext3", 4096);
  expect_replayed("");
}

TEST_F(Journaled, WithChecksumsOfTheThirdVersion) {
  prepare("-t ext4", 4096);
  expect_replayed("-c -v 3");
}

TEST_F(Journaled, WithChecksumsOfTheSecondVersion) {
  prepare("-t ext4", 1024);
  expect_replayed("-c -v 2");
}

TEST_F(Journaled, RevokedBlocksAreAsOnTheDisk) {
  prepare("-t ext4", 1024);
  std::string const blocks = differing_blocks();
  expect_replayed("-c -v 3", "jw -r " + blocks + "\n");
}

TEST_F(Journaled, UncommittedTransactionsAreNotRead) {
  prepare("-t ext4", 4096);
  Tree const before = tree_of(image);
  debugfs(image, "jo -c -v 3\njw -c -b " + differing_blocks() + " " + (folder / "contents").string() + "\njc\n");
  expect_equal(tree_of(image), before);
}

TEST_F(Journaled, ADamagedCopyIsToldAndNotRead) {
  prepare("-t ext4", 4096);
  debugfs(image, "jo -c -v 3\njw -b " + differing_blocks() + " " + (folder / "contents").string() + "\njc\n");
  auto bytes = load_image(image);
  // The first copy follows the descriptor block.
  std::string_view const descriptor{"\xc0\x3b\x39\x98\0\0\0\1", 8};
  auto const at = std::search(bytes.begin(), bytes.end(), descriptor.begin(), descriptor.end(), [](u8 a, char b) { return a == u8(b); });
  ASSERT_LT(at - bytes.begin(), i64(bytes.size()) - 8192);
  at[4096 + 100] ^= 1;
  Mounted m{bytes};
  auto const mounted = m.mount();
  ASSERT_FALSE(mounted);
  EXPECT_EQ(mounted.error(), Error::corrupt);
  EXPECT_NE(fake_host::log_lines().back().find("a copy's checksum"), std::string::npos);
}

TEST_F(Journaled, AFlagAloneIsNoHarm) {
  prepare("-t ext4", 4096);
  Tree const before = tree_of(image);
  debugfs(image, "feature needs_recovery\n");
  expect_equal(tree_of(image), before);
}

}  // namespace
}  // namespace hinge::test
