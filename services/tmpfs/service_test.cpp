// tmpfs against the FileSystem suite, called directly and through proxies; and what is its own: state that outlives it.
// links: services/tmpfs/service.cpp services/tmpfs/store.cpp services/tmpfs/entries.cpp services/tmpfs/reading.cpp
// links: services/tmpfs/changes.cpp services/tmpfs/rename.cpp host/vault.cpp host/undo_log.cpp host/message.cpp
// links: host/lock_rank.cpp tests/support/fake_host.cpp
#include "services/tmpfs/service.hpp"

#include "tests/conformance/filesystem.hpp"
#include "tests/conformance/filesystem_reading.hpp"
#include "tests/conformance/loopback.hpp"

namespace hinge::conformance {
namespace {

constinit tmpfs::Service service;

tmpfs::Service& started() {
  EXPECT_TRUE(service.on(Lifecycle::Start{}, Caller{}));
  return service;
}

struct Direct {
  static void bind(Port<FileSystem>& port) { bind_directly(port, started()); }
};
struct Loopback {
  static void bind(Port<FileSystem>& port) { bind_loopback(port, started()); }
};
using Transports = testing::Types<Direct, Loopback>;
INSTANTIATE_TYPED_TEST_SUITE_P(Tmpfs, FileSystemSuite, Transports, );

u64 planted_volume = 1000;

/// The tree of the reading suite, made through the interface, in a volume of its own.
template <class Transport>
struct Planted {
  static InodeNumber bind(Port<FileSystem>& port) {
    Transport::bind(port);
    Caller caller{.thread = 2};
    auto const root = port.on(FileSystem::Root{++planted_volume, 1}, caller).value().root.inode;
    auto create = [&](InodeNumber in, std::string const& name, FileType type, u32 mode) {
      ++caller.sequence;
      return port.on(FileSystem::Create{in, 1, 0, u32(type) | mode, 0, 0, 0, FileName::from(name)}, caller).value().created.inode;
    };
    auto symlink = [&](InodeNumber in, std::string const& name, std::string const& target) {
      ++caller.sequence;
      Buffer const from{reinterpret_cast<u64>(target.data()), u32(target.size()), 0};
      EXPECT_TRUE(port.on(FileSystem::Symlink{from, in, 1, 0, 0, FileName::from(name)}, caller));
    };
    auto const file = create(root, "file", FileType::regular, 0640);
    using Set = FileSystem::SetAttributes;
    EXPECT_TRUE(port.on(Set{file, 5, 0, 0, 0, Set::size, 0, 0, 0}, caller));
    EXPECT_TRUE(port.on(FileSystem::Link{file, root, 1, FileName::from("hard")}, caller));
    auto const dir = create(root, "dir", FileType::directory, 0755), many = create(root, "many", FileType::directory, 0755);
    (void)create(dir, "sub", FileType::directory, 0755);
    symlink(dir, "up", "../file");
    for (int i = 0; i < 300; ++i) (void)create(many, "n" + std::to_string(i), FileType::regular, 0644);
    (void)create(many, std::string(255, 'x'), FileType::regular, 0644);
    for (usize length : {1, 59, 60, 240, 1000}) symlink(root, "link" + std::to_string(length), std::string(length, 'x'));
    return root;
  }
};
using PlantedTransports = testing::Types<Planted<Direct>, Planted<Loopback>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Tmpfs, FileSystemReadingSuite, PlantedTransports, );

TEST(TmpfsVault, NamesAndInodesOutliveARestart) {
  auto& s = started();
  Caller const caller{.thread = 1, .sequence = 1};
  auto const root = s.on(FileSystem::Root{50, 1}, caller).value().root.inode;
  FileSystem::Create const create{root, 2, 0, u32(FileType::directory) | 0755, 0, 0, 0, FileName::from("kept")};
  auto const made = s.on(create, caller).value().created;
  ASSERT_TRUE(s.restart());
  EXPECT_EQ(s.on(FileSystem::Lookup{root, FileName::from("kept")}, caller).value().found.inode, made.inode);
  EXPECT_EQ(s.on(create, Caller{.thread = 1, .reason = Reason::repeated, .sequence = 1}).value().created.inode, made.inode);
}

}  // namespace
}  // namespace hinge::conformance
