// What mke2fs -d alone does not make: indices of each hash, attributes, odd times and devices, unwritten and scattered
// extents, large files; and how data goes to its reader.
// links: services/ext4/*.cpp
// links: host/vault.cpp host/undo_log.cpp host/heap.cpp host/lock_rank.cpp host/message.cpp
// links: tests/ext4/image.cpp tests/ext4/walk.cpp tests/support/fake_host.cpp base/format.cpp
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "services/ext4/htree_hash.hpp"
#include "tests/ext4/image.hpp"
#include "tests/ext4/walk.hpp"
#include "tests/support/fake_host.hpp"

namespace hinge::test {
namespace {

namespace fs = std::filesystem;

class Details : public testing::Test {
 protected:
  void SetUp() override { fs::create_directory(root); }
  Attributes look_up(Mounted& m, std::string const& path) {
    InodeNumber at = m.port.on(FileSystem::Root{1, 0}, m.caller).value().root.inode;
    Attributes found{};
    for (auto const& part : fs::path{path}) {
      auto const r = m.port.on(FileSystem::Lookup{at, FileName::from(part.string())}, m.caller);
      EXPECT_TRUE(r) << path;
      if (!r) return {};
      found = r->found;
      at = found.inode;
    }
    return found;
  }

  TemporaryFolder folder;
  fs::path root = folder / "root", image = folder / "image";
};

/// Names of all lengths, with all bytes a name may have.
std::set<std::string> odd_names(usize count, u64 seed) {
  std::mt19937_64 random{seed};
  std::set<std::string> names;
  while (names.size() < count) {
    std::string name;
    for (usize length = 1 + random() % (random() % 8 ? 24 : 255); name.size() < length;)
      if (char const c = char(random()); c && c != '/') name += c;
    if (name != "." && name != "..") names.insert(name);
  }
  return names;
}

struct Hashing { char const* name; char const* algorithm; bool is_unsigned; };
class Hashes : public Details, public testing::WithParamInterface<Hashing> {};

TEST_P(Hashes, FindAndListEachNameOnce) {
  auto const names = odd_names(600, 1);
  for (auto const& name : names) write_file(root / name, "");
  make_image(image, root, "-t ext4 -b 1024", "16M");
  debugfs(image, std::string{"ssv flags "} + (GetParam().is_unsigned ? "2" : "1") + "\n");
  run(std::string{"tune2fs -E hash_alg="} + GetParam().algorithm + " " + image.string());
  run("e2fsck -fyD " + image.string(), 1);
  Mounted m{load_image(image)};
  ASSERT_TRUE(m.mount());
  Walk walk{m.port, m.caller};
  Tree const tree = walk.tree();
  EXPECT_EQ(walk.errors, 0u);
  EXPECT_EQ(tree.size(), names.size() + 2);  // The root and lost+found.
  for (auto const& name : names) EXPECT_TRUE(tree.contains("/" + name));
}

INSTANTIATE_TEST_SUITE_P(Ext4, Hashes, testing::Values(
    Hashing{"half_md4", "half_md4", false}, Hashing{"half_md4_unsigned", "half_md4", true}, Hashing{"tea", "tea", false},
    Hashing{"tea_unsigned", "tea", true}, Hashing{"legacy", "legacy", false}, Hashing{"legacy_unsigned", "legacy", true}),
    [](auto const& info) { return info.param.name; });

TEST_F(Details, AnIndexOfManyNamesHasTwoLevels) {
  for (int i = 0; i < 6000; ++i) std::ofstream{root / ("a file of many, number " + std::to_string(i))};
  make_image(image, root, "-t ext4 -b 1024 -N 6100", "64M");
  run("e2fsck -fyD " + image.string(), 1);
  Mounted m{load_image(image)};
  ASSERT_TRUE(m.mount());
  Walk walk{m.port, m.caller};
  auto const root_inode = m.port.on(FileSystem::Root{1, 0}, m.caller).value().root.inode;
  EXPECT_EQ(walk.names(root_inode).size(), 6'001u);
  for (int i = 0; i < 6000; i += 37) (void)look_up(m, "a file of many, number " + std::to_string(i));
  // An index is there to spare the reading of leaves.
  u64 const before = m.disk.reads;
  EXPECT_FALSE(m.port.on(FileSystem::Lookup{root_inode, FileName::from("not there")}, m.caller));
  EXPECT_LE(m.disk.reads - before, 3u);
  EXPECT_EQ(walk.errors, 0u);
}

TEST_F(Details, ExtendedAttributesInInodeAndBlock) {
  write_file(root / "file", "x");
  make_image(image, root, "-t ext4 -b 4096", "8M");
  write_file(folder / "long", std::string(3000, 'v'));
  // acl(5) as getxattr(2) has it: version 2; user::rw-, user:1000:r--, group::r--, mask::r--, other::---.
  std::string acl{"\2\0\0\0", 4};
  for (auto [tag, permissions, number] : {std::tuple<u16, u16, u32>{1, 6, ~0u}, {2, 4, 1000}, {4, 4, ~0u}, {0x10, 4, ~0u}, {0x20, 0, ~0u}}) {
    acl.append(reinterpret_cast<char const*>(&tag), 2).append(reinterpret_cast<char const*>(&permissions), 2);
    acl.append(reinterpret_cast<char const*>(&number), 4);
  }
  write_file(folder / "acl", acl);
  debugfs(image, "ea_set file user.short value\nea_set file user.empty \"\"\nea_set file trusted.t 1\nea_set file security.selinux label\n"
                 "ea_set -f " + (folder / "long").string() + " file user.long\nea_set -f " + (folder / "acl").string() + " file system.posix_acl_access\n");
  Mounted m{load_image(image)};
  ASSERT_TRUE(m.mount());
  Walk walk{m.port, m.caller};
  auto const found = walk.extended(look_up(m, "file").inode);
  EXPECT_EQ(walk.errors, 0u);
  EXPECT_EQ(found.at("user.short"), "value");
  EXPECT_EQ(found.at("user.empty"), "");
  EXPECT_EQ(found.at("trusted.t"), "1");
  EXPECT_EQ(found.at("security.selinux"), "label");
  EXPECT_EQ(found.at("user.long"), std::string(3000, 'v'));
  EXPECT_EQ(found.at("system.posix_acl_access"), acl);
  EXPECT_TRUE(m.port.on(FileSystem::ReadAttribute{{}, look_up(m, "file").inode, FileName::from("user.long")}, m.caller)) << "the length alone";
  EXPECT_EQ(m.port.on(FileSystem::ReadAttribute{{}, look_up(m, "file").inode, FileName::from("user.lon")}, m.caller).error(), Error::not_found);
}

TEST_F(Details, TimesBeyond2038AndDeviceNumbers) {
  write_file(root / "file", "x");
  make_image(image, root, "-t ext4", "8M");
  debugfs(image, "sif file mtime @4102444800\nsif file atime @1\nsif file crtime @1700000000\nmknod small c 5 1\nmknod large b 1 1\nsif large block[0] 0\nsif large block[1] 0x11110370\n"
                 "sif file mtime_extra 0x5\n");
  Mounted m{load_image(image)};
  ASSERT_TRUE(m.mount());
  auto const file = look_up(m, "file");
  EXPECT_EQ(file.change_data_ns, 4'102'444'800'000'000'001);
  EXPECT_EQ(file.access_ns / 1'000'000'000, 1);
  EXPECT_EQ(file.birth_ns / 1'000'000'000, 1'700'000'000);
  EXPECT_EQ(look_up(m, "small").device, u64{5} << 32 | 1);
  EXPECT_EQ(look_up(m, "small").type(), FileType::character);
  EXPECT_EQ(look_up(m, "large").device, u64{259} << 32 | 70000);
  EXPECT_EQ(look_up(m, "large").type(), FileType::block);
}

TEST_F(Details, UnwrittenBlocksReadAsZeroes) {
  write_file(root / "file", "begin");
  write_file(image, std::string(8 << 20, '\x5a'));  // What the disk held before.
  run("mke2fs -q -F -t ext4 -b 1024 -E nodiscard -d " + root.string() + " " + image.string());
  debugfs(image, "fallocate file 0 99\nsif file size 80000\n");
  Mounted m{load_image(image)};
  ASSERT_TRUE(m.mount());
  Walk walk{m.port, m.caller};
  auto const file = look_up(m, "file");
  EXPECT_EQ(walk.content(file.inode, file.size), "begin" + std::string(80'000 - 5, '\0'));
}

/// Every second block of 3000 is written.
std::string scattered(fs::path const& path) {
  std::ofstream file{path, std::ios::binary};
  std::string content(3000 * 1024, '\0');
  for (usize at = 0; at < content.size(); at += 2048) {
    std::string const part = std::to_string(at) + std::string(500, 'p');
    content.replace(at, part.size(), part);
    file.seekp(i64(at));
    file << content.substr(at, 1024);
  }
  content.resize(content.size() - 1024);
  return content;
}

TEST_F(Details, ScatteredFilesHaveDeepTrees) {
  std::string const content = scattered(root / "file");
  for (char const* type : {"-t ext4 -b 1024", "-t ext3 -b 1024"}) {
    Mounted m{make_image(image, root, type, "16M")};
    ASSERT_TRUE(m.mount());
    Walk walk{m.port, m.caller};
    auto const file = look_up(m, "file");
    for (u32 piece : {1024u, 1000u, 4096u, 524'288u, 700'000u})
      EXPECT_TRUE(walk.content(file.inode, file.size, 0, piece) == content) << type << ", by " << piece;
    EXPECT_TRUE(walk.content(file.inode, 4500, 1'234'567, 1500) == content.substr(1'234'567, 4500));
    EXPECT_EQ(walk.errors, 0u);
  }
}

TEST_F(Details, FilesOfMoreThanFourGibibytes) {
  constexpr u64 size = 5'000'000'000, places[] = {0, 70'000'000, 4'294'967'290, 4'999'999'990};
  {
    std::ofstream file{root / "large", std::ios::binary};
    for (u64 at : places) file.seekp(i64(at)), file << "0123456789";
  }
  for (char const* type : {"-t ext4 -b 1024", "-t ext3 -b 4096"}) {
    Mounted m{make_image(image, root, type, "16M")};
    ASSERT_TRUE(m.mount());
    Walk walk{m.port, m.caller};
    auto const file = look_up(m, "large");
    EXPECT_EQ(file.size, size);
    for (u64 at : places) EXPECT_EQ(walk.content(file.inode, 10, at, 10), "0123456789") << at;
    EXPECT_EQ(walk.content(file.inode, 20, size - 20, 4096), std::string(10, '\0') + "0123456789");
    EXPECT_EQ(walk.content(file.inode, 4096, 2'000'000'000, 4096), std::string(4096, '\0'));
  }
}

TEST_F(Details, ContiguousDataComesInOneRequest) {
  write_file(root / "file", std::string(1 << 20, 'c'));
  Mounted m{make_image(image, root, "-t ext4 -b 4096", "16M")};
  ASSERT_TRUE(m.mount());
  Walk walk{m.port, m.caller};
  auto const file = look_up(m, "file");
  (void)walk.content(file.inode, 1 << 19, 0, 1 << 19);
  u64 const before = m.disk.reads;
  (void)walk.content(file.inode, 1 << 19, 1 << 19, 1 << 19);
  EXPECT_EQ(m.disk.reads - before, 1u);
}

TEST_F(Details, ScatteredDataComesFourteenRunsAtOnce) {
  make_image(image, root, "-t ext4 -b 4096", "16M");
  write_file(folder / "one", std::string(4096, 'o'));
  write_file(folder / "all", std::string(28 * 4096, 'a'));
  // A file that is written into the gaps between others.
  std::string commands;
  for (int i = 0; i < 60; ++i) commands += "write " + (folder / "one").string() + " f" + std::to_string(i) + "\n";
  for (int i = 0; i < 60; i += 2) commands += "rm f" + std::to_string(i) + "\n";
  debugfs(image, commands + "write " + (folder / "all").string() + " all\n");
  Mounted m{load_image(image)};
  ASSERT_TRUE(m.mount());
  Walk walk{m.port, m.caller};
  auto const file = look_up(m, "all");
  EXPECT_EQ(walk.content(file.inode, file.size, 0, 28 * 4096), std::string(28 * 4096, 'a'));
  u64 const before = m.disk.reads;
  (void)walk.content(file.inode, file.size, 0, 28 * 4096);
  EXPECT_EQ(m.disk.reads - before, 2u);
}

TEST_F(Details, OtherFeaturesAreRefusedByName) {
  write_file(root / "file", "x");
  for (char const* feature : {"inline_data", "encrypt", "casefold", "bigalloc", "meta_bg,^resize_inode", "ea_inode", "mmp"}) {
    Mounted m{make_image(image, root, std::string{"-t ext4 -O "} + feature, "64M")};
    auto const mounted = m.mount();
    ASSERT_FALSE(mounted) << feature;
    EXPECT_EQ(mounted.error(), Error::not_supported) << feature;
    std::string const name = std::string{feature}.substr(0, std::string{feature}.find(','));
    EXPECT_NE(fake_host::log_lines().back().find(name), std::string::npos) << fake_host::log_lines().back();
  }
  Mounted blocks{make_image(image, root, "-t ext4 -b 65536", "64M")};
  EXPECT_EQ(blocks.mount().error(), Error::not_supported);
  Mounted sectors{make_image(image, root, "-t ext4 -b 1024", "8M"), 4096};
  EXPECT_EQ(sectors.mount().error(), Error::not_supported) << "blocks smaller than the disk's";
}

TEST_F(Details, NothingIsChanged) {
  write_file(root / "file", "x");
  Mounted m{make_image(image, root, "-t ext4", "8M")};
  ASSERT_TRUE(m.mount());
  ASSERT_TRUE(m.mount()) << "again, the same";
  EXPECT_EQ(m.port.on(FileSystem::Mount{1, 0, 0, 16384, 0}, m.caller).error(), Error::busy) << "to write, without Remount";
  EXPECT_EQ(m.port.on(FileSystem::Mount{1, 0, 1, 16, 1}, m.caller).error(), Error::busy);
  auto const dir = m.port.on(FileSystem::Root{1, 0}, m.caller).value().root.inode, file = look_up(m, "file").inode;
  FileName const name = FileName::from("file");
  EXPECT_EQ(m.port.on(FileSystem::Create{dir, 0, 0, 0100644, 0, 0, 0, FileName::from("new")}, m.caller).error(), Error::read_only);
  EXPECT_EQ(m.port.on(FileSystem::Unlink{dir, 0, name}, m.caller).error(), Error::read_only);
  EXPECT_EQ(m.port.on(FileSystem::RemoveDirectory{dir, 0, name}, m.caller).error(), Error::read_only);
  EXPECT_EQ(m.port.on(FileSystem::Rename{{reinterpret_cast<u64>("new"), 3, 0}, dir, dir, 0, 0, name}, m.caller).error(), Error::read_only);
  EXPECT_EQ(m.port.on(FileSystem::Link{file, dir, 0, name}, m.caller).error(), Error::read_only);
  EXPECT_EQ(m.port.on(FileSystem::Symlink{{reinterpret_cast<u64>("new"), 3, 0}, dir, 0, 0, 0, name}, m.caller).error(), Error::read_only);
  EXPECT_EQ(m.port.on(FileSystem::SetAttributes{file, 0, 0, 0, 0, 1, 0600, 0, 0}, m.caller).error(), Error::read_only);
  EXPECT_TRUE(m.port.on(FileSystem::Release{file}, m.caller));
  EXPECT_EQ(m.port.on(FileSystem::GetAttributes{InodeNumber{u64{1} << 32 | 8}}, m.caller).error(), Error::not_found) << "the journal";
  EXPECT_EQ(m.port.on(FileSystem::GetAttributes{InodeNumber{u64{1} << 32 | 1000}}, m.caller).error(), Error::not_found) << "a free inode";
  auto const s = m.port.on(FileSystem::Statistics{1}, m.caller).value();
  EXPECT_EQ(s.kind, 0xef53u);
  EXPECT_GT(s.blocks, s.blocks_free);
  ASSERT_TRUE(m.port.on(FileSystem::Discard{1}, m.caller));
  EXPECT_EQ(m.port.on(FileSystem::Root{1, 0}, m.caller).error(), Error::not_found);
  EXPECT_EQ(m.disk.writes, 0u);
}

TEST_F(Details, MountsOutliveARestart) {
  write_file(root / "file", "still here");
  Mounted m{make_image(image, root, "-t ext4", "8M")};
  ASSERT_TRUE(m.mount());
  auto const file = look_up(m, "file").inode;
  // Data segment and heap are new, the vault is not.
  ext4::Service restarted;
  conformance::bind_directly(restarted.disks, m.disk);
  ASSERT_TRUE(restarted.on(Lifecycle::Start{}, m.caller));
  Port<FileSystem> port;
  conformance::bind_directly(port, restarted);
  EXPECT_EQ((Walk{port, m.caller}.content(file, 10)), "still here");
}

TEST_F(Details, ReadErrorsOfTheDiskPassWhenItWorksAgain) {
  write_file(root / "file", std::string(100'000, 'f'));
  Mounted m{make_image(image, root, "-t ext4", "8M")};
  ASSERT_TRUE(m.mount());
  auto const dir = m.port.on(FileSystem::Root{1, 0}, m.caller).value().root.inode;
  m.disk.fail_from = 0;
  EXPECT_EQ(m.port.on(FileSystem::Lookup{dir, FileName::from("file")}, m.caller).error(), Error::io);
  m.disk.fail_from = ~u64{0};
  auto const file = look_up(m, "file");
  m.disk.fail_from = 0;
  std::string into(100'000, '\0');
  Buffer const buffer{reinterpret_cast<u64>(into.data()), u32(into.size()), 1};
  EXPECT_EQ(m.port.on(FileSystem::Read{buffer, file.inode, 0}, m.caller).error(), Error::io);
  m.disk.fail_from = ~u64{0};
  EXPECT_TRUE(m.port.on(FileSystem::Read{buffer, file.inode, 0}, m.caller));
}

TEST_F(Details, ManyReadersAtOnce) {
  for (int d = 0; d < 8; ++d) {
    fs::create_directory(root / std::to_string(d));
    for (int i = 0; i < 100; ++i) write_file(root / std::to_string(d) / std::to_string(i), std::to_string(d * i));
  }
  Mounted m{make_image(image, root, "-t ext4 -b 1024", "16M")};
  ASSERT_TRUE(m.mount());
  std::vector<std::thread> threads;
  std::atomic<usize> nodes = 0, errors = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      Walk walk{m.port, m.caller};
      nodes += walk.tree().size();
      errors += walk.errors;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(errors, 0u);
  EXPECT_EQ(nodes, 4u * (2 + 8 + 800));
}

}  // namespace
}  // namespace hinge::test
