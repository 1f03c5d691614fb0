// The ext4 service on images made by mke2fs from a folder: what it tells must be what is in the folder.
// links: services/ext4/*.cpp
// links: host/vault.cpp host/undo_log.cpp host/heap.cpp host/lock_rank.cpp host/message.cpp
// links: tests/ext4/image.cpp tests/ext4/walk.cpp tests/support/fake_host.cpp base/format.cpp
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <random>

#include "tests/ext4/image.hpp"
#include "tests/ext4/walk.hpp"

namespace hinge::test {
namespace {

namespace fs = std::filesystem;

std::string noise(usize bytes, u64 seed) {
  std::mt19937_64 random{seed};
  std::string text(bytes, '\0');
  for (char& c : text) c = char(random());
  return text;
}

/// A bit of everything.
void plant(fs::path const& folder) {
  fs::create_directories(folder / "deep/er/and/deeper");
  write_file(folder / "empty", "");
  write_file(folder / "one", "1");
  for (usize bytes : {59u, 1023u, 1024u, 1025u, 4095u, 4096u, 4097u, 65536u, 300'000u, 2'000'003u})
    write_file(folder / ("noise" + std::to_string(bytes)), noise(bytes, bytes));
  write_file(folder / "deep/er/and/deeper/file", "found\n");
  for (usize length : {1u, 58u, 59u, 60u, 61u, 250u, 1000u}) fs::create_symlink(std::string(length, 'x'), folder / ("link" + std::to_string(length)));
  fs::create_hard_link(folder / "one", folder / "uno");
  write_file(folder / std::string(255, 'n'), "long name");
  write_file(folder / "\xff\x80 odd \n name", "odd");
  {
    std::ofstream file{folder / "sparse", std::ios::binary};
    for (u64 at : {0ull, 100'000ull, 5'000'000ull, 5'004'096ull, 7'000'001ull}) {
      file.seekp(i64(at));
      file << "data at " << at;
    }
  }
  mkfifo((folder / "fifo").c_str(), 0640);
  fs::create_directory(folder / "many");
  for (int i = 0; i < 500; ++i) write_file(folder / "many" / ("name" + std::to_string(i * 7919)), std::to_string(i));
  fs::permissions(folder / "one", fs::perms{04751});
}

/// Everything below `folder` is in the tree as it is there, and nothing else.
void expect_same(fs::path const& folder, Tree tree) {
  ASSERT_EQ(tree.erase(""), 1u);
  tree.erase("/lost+found");
  for (auto const& entry : fs::recursive_directory_iterator{folder}) {
    std::string const path = entry.path().string().substr(folder.string().size());
    auto const found = tree.find(path);
    ASSERT_NE(found, tree.end()) << path;
    Node const& node = found->second;
    struct stat s;
    ASSERT_EQ(lstat(entry.path().c_str(), &s), 0);
    EXPECT_EQ(node.attributes.mode, s.st_mode) << path;
    EXPECT_EQ(node.attributes.owner, s.st_uid) << path;
    EXPECT_EQ(node.attributes.links, s.st_nlink) << path;
    EXPECT_EQ(node.attributes.change_data_ns / 1'000'000'000, s.st_mtim.tv_sec) << path;
    if (entry.is_symlink()) {
      EXPECT_EQ(node.content, fs::read_symlink(entry.path()).string()) << path;
      EXPECT_EQ(node.attributes.size, u64(s.st_size)) << path;
    } else if (entry.is_regular_file()) {
      EXPECT_EQ(node.attributes.size, u64(s.st_size)) << path;
      EXPECT_TRUE(node.content == read_file(entry.path())) << path << ": other bytes";
    }
    tree.erase(found);
  }
  for (auto const& [path, node] : tree) ADD_FAILURE() << path << " is not in the folder";
}

struct Variant { char const* name; char const* options; };

class Images : public testing::TestWithParam<Variant> {};

TEST_P(Images, AreReadAsTheFolderTheyWereMadeOf) {
  TemporaryFolder const folder;
  plant(folder / "root");
  Mounted m{make_image(folder / "image", folder / "root", GetParam().options, "32M")};
  ASSERT_TRUE(m.mount());
  Walk walk{m.port, m.caller};
  expect_same(folder / "root", walk.tree());
  EXPECT_EQ(walk.errors, 0u);
  // The same from indexed directories, which only e2fsck makes of a whole tree.
  run("e2fsck -fyD " + (folder / "image").string(), 1);
  Mounted indexed{load_image(folder / "image")};
  ASSERT_TRUE(indexed.mount());
  Walk again{indexed.port, indexed.caller, 1};
  again.list_bytes = 512;
  expect_same(folder / "root", again.tree());
  EXPECT_EQ(again.errors, 0u);
}

INSTANTIATE_TEST_SUITE_P(Ext4, Images, testing::Values(
    Variant{"defaults", "-t ext4"}, Variant{"blocks_1k", "-t ext4 -b 1024"}, Variant{"blocks_2k", "-t ext4 -b 2048"},
    Variant{"blocks_4k", "-t ext4 -b 4096"}, Variant{"no_checksums", "-t ext4 -O ^metadata_csum"},
    Variant{"group_checksums", "-t ext4 -O ^metadata_csum,uninit_bg"}, Variant{"short_descriptors", "-t ext4 -b 1024 -O ^64bit"},
    Variant{"small_inodes", "-t ext4 -I 128"}, Variant{"large_inodes", "-t ext4 -I 1024"}, Variant{"ext3", "-t ext3 -b 1024"},
    Variant{"ext2", "-t ext2"}, Variant{"no_filetype", "-t ext4 -O ^filetype"}, Variant{"sparse_super2", "-t ext4 -O sparse_super2"},
    Variant{"no_flex_bg", "-t ext4 -b 1024 -O ^flex_bg,^resize_inode"}, Variant{"csum_seed", "-t ext4 -O metadata_csum_seed"},
    Variant{"large_dir", "-t ext4 -b 1024 -O large_dir"}, Variant{"no_dir_index", "-t ext4 -O ^dir_index"},
    Variant{"quota", "-t ext4 -O quota,project"}), [](auto const& info) { return info.param.name; });

}  // namespace
}  // namespace hinge::test
