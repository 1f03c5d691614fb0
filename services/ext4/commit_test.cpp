// Commits of several at once: those who come while one is under way share the next one.
// links: services/ext4/*.cpp
// links: host/vault.cpp host/undo_log.cpp host/heap.cpp host/lock_rank.cpp host/message.cpp
// links: tests/ext4/image.cpp tests/ext4/walk.cpp tests/ext4/writable.cpp tests/support/fake_host.cpp base/format.cpp
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/ext4/writable.hpp"

namespace hinge::test {
namespace {

/// A disk that flushes once every program has asked for its commit, and had time to get there: whoever can share the next
/// one does. Not longer than a second.
struct PatientDisk : MemoryDisk {
  using MemoryDisk::MemoryDisk;
  using MemoryDisk::on;
  Result<> on(BlockDevice::Flush const& m, Caller const& caller) {
    auto const limit = std::chrono::steady_clock::now() + std::chrono::seconds{1};
    while (committing < running && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
    if (running) std::this_thread::sleep_for(std::chrono::milliseconds{20});
    return MemoryDisk::on(m, caller);
  }
  std::atomic<u32> running{0}, committing{0};
};

TEST(Ext4Commit, ThoseWhoComeTogetherShareOne) {
  constexpr u32 programs = 8, rounds = 20, flushes_of_a_commit = 2;
  TemporaryFolder const folder;
  std::filesystem::create_directories(folder / "root");
  PatientDisk disk{make_image(folder / "image", folder / "root", "-t ext4", "24M")};
  ext4::Service service;
  conformance::bind_directly(service.disks, disk);
  Caller const caller{.thread = 100};
  ASSERT_TRUE(service.on(Lifecycle::Start{}, caller));
  ASSERT_TRUE(service.on(FileSystem::Mount{1, 0, 0, disk.units[0].bytes.size() / 512, 0}, caller));
  u64 const before = disk.flushes;
  disk.running = programs;
  std::vector<std::thread> threads;
  for (u32 n = 0; n < programs; ++n)
    threads.emplace_back([&service, &disk, n] {
      Changes own;
      own.caller.thread = n + 1;
      conformance::bind_directly(own.port, service);
      for (u32 i = 0; i < rounds; ++i) {
        auto const file = own.create(own.root(), std::to_string(n) + " " + std::to_string(i));
        ++disk.committing;
        EXPECT_TRUE(file && own.commit(file->inode));
        --disk.committing;
      }
      --disk.running;
    });
  for (auto& t : threads) t.join();
  u64 const flushes = disk.flushes - before;
  EXPECT_LE(flushes, u64{programs} * rounds * flushes_of_a_commit / 2) << "each for itself would be " << programs * rounds * flushes_of_a_commit;
  EXPECT_GE(flushes, u64{rounds} * flushes_of_a_commit) << "no program waits for less than its own commits";
  ASSERT_TRUE(service.on(FileSystem::Unmount{1}, caller));
  std::string output;
  EXPECT_TRUE(is_sound(disk.units[0].bytes, folder / "checked", output)) << output;
}

}  // namespace
}  // namespace hinge::test
