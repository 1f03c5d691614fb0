// tmpfs against the FileSystem suite, called directly and through proxies; and what is its own: state that outlives it.
// links: services/tmpfs/service.cpp services/tmpfs/store.cpp services/tmpfs/entries.cpp services/tmpfs/reading.cpp
// links: services/tmpfs/changes.cpp services/tmpfs/rename.cpp host/vault.cpp host/undo_log.cpp host/message.cpp
// links: host/lock_rank.cpp tests/support/fake_host.cpp
#include "services/tmpfs/service.hpp"

#include "tests/conformance/filesystem.hpp"
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
