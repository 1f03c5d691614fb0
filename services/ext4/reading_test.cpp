// ext4 against the reading part of the FileSystem suite, called directly and through proxies, on indexed and plain directories.
// links: services/ext4/*.cpp
// links: host/vault.cpp host/undo_log.cpp host/heap.cpp host/lock_rank.cpp host/message.cpp
// links: tests/ext4/image.cpp tests/support/fake_host.cpp base/format.cpp
#include "tests/conformance/filesystem_reading.hpp"
#include "tests/ext4/image.hpp"

namespace hinge::conformance {
namespace {

namespace fs = std::filesystem;

void plant(fs::path const& root) {
  fs::create_directories(root / "dir/sub");
  fs::create_directory(root / "many");
  test::write_file(root / "file", "hello");
  fs::permissions(root / "file", fs::perms{0640});
  fs::create_hard_link(root / "file", root / "hard");
  fs::create_symlink("../file", root / "dir/up");
  for (int i = 0; i < 300; ++i) test::write_file(root / "many" / ("n" + std::to_string(i)), "");
  test::write_file(root / "many" / std::string(255, 'x'), "");
  for (usize length : {1, 59, 60, 240, 1000}) fs::create_symlink(std::string(length, 'x'), root / ("link" + std::to_string(length)));
}

/// One service for all tests, with the tree as mke2fs made it (volume 1) and with indices (volume 2).
struct Server {
  Server() {
    plant(folder / "root");
    disk.units.push_back({test::make_image(folder / "image", folder / "root", "-t ext4 -b 1024", "16M")});
    test::run("e2fsck -fyD " + (folder / "image").string(), 1);
    disk.units.push_back({test::load_image(folder / "image")});
    bind_directly(service.disks, disk);
    EXPECT_TRUE(service.on(Lifecycle::Start{}, Caller{}));
    for (u64 unit : {0, 1}) EXPECT_TRUE(service.on(FileSystem::Mount{unit + 1, unit, 0, disk.units[unit].bytes.size() / 512, 1}, Caller{}));
  }
  test::TemporaryFolder folder;
  MemoryDisk disk;
  ext4::Service service;
};

template <bool loopback, u64 volume>
struct Bound {
  static InodeNumber bind(Port<FileSystem>& port) {
    static Server& server = *new Server;
    if constexpr (loopback) bind_loopback(port, server.service);
    else bind_directly(port, server.service);
    return port.on(FileSystem::Root{volume, 0}, Caller{}).value().root.inode;
  }
};
using Bindings = testing::Types<Bound<false, 1>, Bound<true, 1>, Bound<false, 2>, Bound<true, 2>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Ext4, FileSystemReadingSuite, Bindings, );

}  // namespace
}  // namespace hinge::conformance
