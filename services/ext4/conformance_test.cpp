// ext4 against the FileSystem suite, called directly and through proxies: each test in a fresh file system of its own.
// links: services/ext4/*.cpp
// links: host/vault.cpp host/undo_log.cpp host/heap.cpp host/lock_rank.cpp host/message.cpp
// links: tests/ext4/image.cpp tests/support/fake_host.cpp base/format.cpp
#include "tests/conformance/filesystem.hpp"

#include "tests/ext4/image.hpp"

namespace hinge::conformance {
namespace {

constinit ext4::Service service;

/// One disk that is made anew for each volume.
MemoryDisk& disk() {
  static MemoryDisk d{std::vector<u8>(1024)};
  return d;
}

ext4::Service& started() {
  bind_directly(service.disks, disk());
  EXPECT_TRUE(service.on(Lifecycle::Start{}, Caller{}));
  return service;
}

void make_volume(Port<FileSystem>& port, u64 volume) {
  static std::vector<u8> const image = [] {
    test::TemporaryFolder const folder;
    std::filesystem::create_directories(folder / "root");
    return test::make_image(folder / "image", folder / "root", "-t ext4 -b 4096", "24M");
  }();
  disk().units[0].bytes = image;
  ASSERT_TRUE(port.on(FileSystem::Mount{volume, 0, 0, image.size() / 512, 0}, Caller{}));
  // The suite wants it empty.
  auto const root = port.on(FileSystem::Root{volume, 0}, Caller{}).value().root.inode;
  auto const gone = port.on(FileSystem::RemoveDirectory{root, 0, FileName::from("lost+found")}, Caller{});
  ASSERT_TRUE(gone);
  ASSERT_TRUE(port.on(FileSystem::Release{gone->inode}, Caller{}));
}

struct Direct {
  static void bind(Port<FileSystem>& port) { bind_directly(port, started()); }
  static void provide(Port<FileSystem>& port, u64 volume) { make_volume(port, volume); }
};
struct Loopback {
  static void bind(Port<FileSystem>& port) { bind_loopback(port, started()); }
  static void provide(Port<FileSystem>& port, u64 volume) { make_volume(port, volume); }
};
using Transports = testing::Types<Direct, Loopback>;
INSTANTIATE_TYPED_TEST_SUITE_P(Ext4, FileSystemSuite, Transports, );

}  // namespace
}  // namespace hinge::conformance
