// Files on a disk as programs see them: the personality's page cache over a file system that keeps its contract strictly, loses
// what was not committed, is full, fails, or does everything twice.
// links: services/linux/events/inotify.cpp services/linux/files/calls_sync.cpp
// links: services/linux/files/calls_attributes.cpp services/linux/files/calls_copy.cpp services/linux/files/calls_descriptors.cpp
// links: services/linux/files/calls_directory.cpp services/linux/files/calls_epoll.cpp services/linux/files/calls_io.cpp
// links: services/linux/files/calls_mount.cpp services/linux/files/calls_names.cpp services/linux/files/calls_open.cpp
// links: services/linux/files/calls_pipe.cpp services/linux/files/calls_poll.cpp services/linux/files/calls_rename.cpp
// links: services/linux/files/calls_stat.cpp services/linux/files/descriptors.cpp services/linux/files/device.cpp
// links: services/linux/files/directory_file.cpp services/linux/files/epoll.cpp services/linux/files/event_file.cpp
// links: services/linux/files/file.cpp services/linux/files/file_limits.cpp services/linux/files/for_process.cpp
// links: services/linux/files/fs_context.cpp services/linux/files/inode.cpp services/linux/files/io.cpp
// links: services/linux/files/lock_calls.cpp services/linux/files/mount.cpp services/linux/files/name.cpp
// links: services/linux/files/open.cpp services/linux/files/page_cache.cpp services/linux/files/page_tree.cpp services/linux/files/path_text.cpp
// links: services/linux/files/disk_cache.cpp services/linux/files/disk_cache_pages.cpp services/linux/files/cache_list.cpp
// links: services/linux/files/disk_cache_write.cpp services/linux/files/write_back.cpp services/linux/files/dirty_list.cpp
// links: services/linux/files/flusher.cpp services/linux/files/block_stock.cpp services/linux/files/volume_write.cpp
// links: services/linux/files/calls_xattr.cpp services/linux/files/root.cpp services/linux/files/disk_volume.cpp services/linux/disk/disks.cpp
// links: services/linux/disk/block_file.cpp services/linux/disk/partitions.cpp
// links: services/linux/files/permissions.cpp services/linux/files/pipe.cpp services/linux/files/pipe_end.cpp
// links: services/linux/files/program_file.cpp services/linux/files/record_locks.cpp services/linux/files/regular_file.cpp
// links: services/linux/files/superblock.cpp services/linux/files/tmpfs.cpp services/linux/files/transfer.cpp services/linux/files/unpack.cpp
// links: services/linux/files/user_path.cpp services/linux/files/volume.cpp services/linux/files/volume_data.cpp
// links: services/linux/files/volume_inode.cpp services/linux/files/walk.cpp
// links: services/linux/core/thread.cpp services/linux/core/process.cpp services/linux/core/wait_queue.cpp
// links: services/linux/core/user_memory.cpp services/tmpfs/service.cpp services/tmpfs/store.cpp services/tmpfs/entries.cpp
// links: services/tmpfs/reading.cpp services/tmpfs/changes.cpp services/tmpfs/rename.cpp host/vault.cpp host/undo_log.cpp
// links: host/pages.cpp host/heap.cpp host/lock_rank.cpp base/cpio.cpp base/format.cpp tests/support/fake_host.cpp tests/support/fake_linux.cpp
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "services/linux/files/dirty_list.hpp"
#include "services/linux/files/disk_volume.hpp"
#include "services/linux/files/root.hpp"
#include "services/linux/disk/disks.hpp"
#include "services/tmpfs/service.hpp"
#include "tests/support/fake_disk_files.hpp"
#include "tests/support/memory_disk.hpp"
#include "tests/support/program.hpp"

namespace hinge::linux_service {
namespace {

constinit tmpfs::Service memory_files;
constexpr u64 disk_pages = 400;
FakeDiskFiles disk{disk_pages};
MemoryDisk device{std::vector<u8>(u64{1} << 20)};

class DiskCalls : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    let_programs_copy();
    ASSERT_TRUE(memory_files.on(Lifecycle::Start{}, Caller{}));
    files::tmpfs_port.connect(memory_files);
    files::ext4_port.connect(disk);
    disks::port.connect(device);
    ASSERT_TRUE(files::start(Lifecycle::Start{}, "tmpfs", false));
  }
  void SetUp() override {
    p.call(sys_mkdir, "/mnt", 0777);
    p.call(sys_mknod, "/vda", S_IFBLK | 0600, u64{254} << 8);
    mount();
  }
  void TearDown() override {
    disk.broken = false;
    p.call(sys_chdir, "/");
    p.call(sys_umount2, "/mnt", 0);
    EXPECT_FALSE(disk.mounted);
    EXPECT_EQ(disk.complaints, std::vector<std::string>{});
    EXPECT_EQ(DirtyList::pages(), 0u);
    disk.now.nodes.erase(disk.now.nodes.upper_bound(2), disk.now.nodes.end());
    disk.now.names.clear();
    disk.promised = 0;
    disk.room = disk_pages;
    disk.twice = false;
  }
  void mount(u64 flags = 0) { ASSERT_EQ(p.call(sys_mount, "/vda", "/mnt", "ext4", flags, nullptr), 0); }
  static std::string text(usize bytes, char first = 'a') {
    std::string s(bytes, 0);
    for (usize i = 0; i < bytes; ++i) s[i] = char(first + char(i * 7 % 23));
    return s;
  }
  Program p;
};

TEST_F(DiskCalls, WhatIsWrittenIsReadAndLaterOnTheDisk) {
  auto const all = text(50000);
  i64 const fd = p.open("/mnt/a", O_RDWR | O_CREAT);
  EXPECT_EQ(p.write(fd, all), 50000);
  EXPECT_EQ(disk.data("a"), "") << "a write sends nothing";
  EXPECT_EQ(p.call(sys_lseek, fd, 100, SEEK_SET), 100);
  EXPECT_EQ(p.read(fd, 60000), all.substr(100));
  EXPECT_EQ(p.call(sys_fsync, fd), 0);
  EXPECT_EQ(disk.data("a"), all);
  disk.cut_power();
  EXPECT_EQ(disk.data("a"), all);
  struct stat s;
  EXPECT_EQ(p.call(sys_fstat, fd, &s), 0);
  EXPECT_EQ(s.st_size, 50000);
  EXPECT_EQ(s.st_blocks, 13 * 8);
  EXPECT_EQ(p.call(sys_close, fd), 0);
}

TEST_F(DiskCalls, ACloseIsNoSyncAndUnmountIsOne) {
  i64 const fd = p.open("/mnt/b", O_WRONLY | O_CREAT);
  EXPECT_EQ(p.write(fd, "words"), 5);
  EXPECT_EQ(p.call(sys_umount2, "/mnt", 0), -EBUSY);
  EXPECT_EQ(p.call(sys_close, fd), 0);
  EXPECT_EQ(p.call(sys_umount2, "/mnt", 0), 0);
  EXPECT_EQ(disk.data("b"), "words");
  EXPECT_FALSE(disk.mounted);
  mount();
  EXPECT_EQ(p.read(p.open("/mnt/b", O_RDONLY)), "words");
  EXPECT_EQ(p.call(sys_close, 0), 0);
}

TEST_F(DiskCalls, SynchronousFilesAndSyncLeaveNothingBehind) {
  i64 const sync = p.open("/mnt/s", O_WRONLY | O_CREAT | O_DSYNC), plain = p.open("/mnt/t", O_WRONLY | O_CREAT);
  EXPECT_EQ(p.write(sync, "at once"), 7);
  EXPECT_EQ(p.write(plain, "later"), 5);
  EXPECT_EQ(disk.data("s"), "at once");
  EXPECT_EQ(disk.data("t"), "");
  EXPECT_EQ(p.call(sys_sync), 0);
  disk.cut_power();
  EXPECT_EQ(disk.data("t"), "later");
  p.call(sys_close, sync);
  p.call(sys_close, plain);
}

TEST_F(DiskCalls, AFullDiskIsToldByWriteAndItsRoomComesBack) {
  disk.room = 20;
  i64 const fd = p.open("/mnt/big", O_RDWR | O_CREAT);
  EXPECT_EQ(p.write(fd, text(30 * page_bytes)), i64(20 * page_bytes));
  EXPECT_EQ(p.write(fd, "x"), -ENOSPC);
  EXPECT_EQ(p.call(sys_fsync, fd), 0);
  EXPECT_EQ(p.call(sys_ftruncate, fd, page_bytes), 0);
  i64 const other = p.open("/mnt/other", O_RDWR | O_CREAT);
  EXPECT_EQ(p.write(other, text(19 * page_bytes)), i64(19 * page_bytes));
  EXPECT_EQ(p.call(sys_fsync, other), 0);
  EXPECT_EQ(p.call(sys_pwrite64, fd, "again", 5, 0), 5) << "overwriting needs no room";
  EXPECT_EQ(p.call(sys_close, other), 0);
  EXPECT_EQ(p.call(sys_unlink, "/mnt/other"), 0);
  EXPECT_EQ(p.call(sys_pwrite64, fd, text(10 * page_bytes).data(), 10 * page_bytes, page_bytes), i64(10 * page_bytes));
  EXPECT_EQ(p.call(sys_fsync, fd), 0);
  p.call(sys_close, fd);
}

TEST_F(DiskCalls, DirtyFilesThatAreRemovedAreNotWritten) {
  i64 const fd = p.open("/mnt/gone", O_RDWR | O_CREAT);
  EXPECT_EQ(p.write(fd, text(10 * page_bytes)), i64(10 * page_bytes));
  EXPECT_EQ(p.call(sys_unlink, "/mnt/gone"), 0);
  EXPECT_EQ(p.call(sys_lseek, fd, 0, SEEK_SET), 0);
  EXPECT_EQ(p.read(fd, 5), text(5));
  EXPECT_EQ(p.call(sys_close, fd), 0);
  u32 const before = disk.writes;
  EXPECT_EQ(p.call(sys_sync), 0);
  EXPECT_EQ(disk.writes, before);
  EXPECT_EQ(disk.now.nodes.size(), 1u) << "the root alone";
}

TEST_F(DiskCalls, TruncationPunchingAndHoles) {
  i64 const fd = p.open("/mnt/h", O_RDWR | O_CREAT);
  auto const all = text(10 * page_bytes);
  EXPECT_EQ(p.write(fd, all), i64(all.size()));
  EXPECT_EQ(p.call(sys_ftruncate, fd, 5000), 0);
  EXPECT_EQ(p.call(sys_ftruncate, fd, 9 * page_bytes), 0);
  EXPECT_EQ(p.call(sys_lseek, fd, 4999, SEEK_SET), 4999);
  EXPECT_EQ(p.read(fd, 3), all.substr(4999, 1) + std::string(2, 0));
  EXPECT_EQ(p.call(sys_lseek, fd, 0, SEEK_HOLE), 2 * i64(page_bytes));
  EXPECT_EQ(p.call(sys_lseek, fd, 2 * page_bytes, SEEK_DATA), -ENXIO);
  EXPECT_EQ(p.call(sys_pwrite64, fd, all.data(), page_bytes, 6 * page_bytes), i64(page_bytes));
  EXPECT_EQ(p.call(sys_lseek, fd, 2 * page_bytes, SEEK_DATA), 6 * i64(page_bytes));
  EXPECT_EQ(p.call(sys_fallocate, fd, 3, 6 * page_bytes + 10, page_bytes - 20), 0);
  EXPECT_EQ(p.call(sys_pread64, fd, std::string(1, 0).data(), 1, 0), 1);
  std::string got(page_bytes, 'x');
  EXPECT_EQ(p.call(sys_pread64, fd, got.data(), page_bytes, 6 * page_bytes), i64(page_bytes));
  EXPECT_EQ(got, all.substr(0, 10) + std::string(page_bytes - 20, 0) + all.substr(page_bytes - 10, 10));
  EXPECT_EQ(p.call(sys_fallocate, fd, 3, 0, 9 * page_bytes), 0);
  EXPECT_EQ(p.call(sys_fsync, fd), 0);
  EXPECT_EQ(disk.data("h"), std::string(9 * page_bytes, 0));
  EXPECT_EQ(disk.used(), 0u);
  p.call(sys_close, fd);
}

TEST_F(DiskCalls, TimesAreThoseOfTheLastChange) {
  i64 const fd = p.open("/mnt/times", O_RDWR | O_CREAT);
  EXPECT_EQ(p.write(fd, "x"), 1);
  timespec const old[2] = {{100, 5}, {200, 6}};
  EXPECT_EQ(p.call(sys_utimensat, fd, nullptr, old, 0), 0);
  EXPECT_EQ(p.call(sys_fsync, fd), 0);
  struct stat s;
  EXPECT_EQ(p.call(sys_fstat, fd, &s), 0);
  EXPECT_EQ(s.st_mtim.tv_sec, 200);
  auto const& kept = disk.now.nodes.rbegin()->second.attributes;
  EXPECT_EQ(kept.change_data_ns, 200'000'000'006);
  EXPECT_EQ(kept.access_ns, 100'000'000'005);
  EXPECT_EQ(p.write(fd, "y"), 1);
  EXPECT_EQ(p.call(sys_fchmod, fd, 0600), 0);
  EXPECT_EQ(p.call(sys_fsync, fd), 0);
  EXPECT_EQ(p.call(sys_fstat, fd, &s), 0);
  EXPECT_EQ(kept.change_data_ns, s.st_mtim.tv_sec * 1'000'000'000 + s.st_mtim.tv_nsec);
  EXPECT_EQ(kept.change_ns, s.st_ctim.tv_sec * 1'000'000'000 + s.st_ctim.tv_nsec);
  p.call(sys_close, fd);
}

TEST_F(DiskCalls, AFailingDiskIsToldOnceToEachWhoHasTheFileOpen) {
  i64 const one = p.open("/mnt/f", O_RDWR | O_CREAT), other = p.open("/mnt/f", O_RDWR);
  EXPECT_EQ(p.write(one, "lost"), 4);
  disk.broken = true;
  EXPECT_EQ(p.call(sys_fsync, one), -EIO);
  disk.broken = false;
  EXPECT_EQ(p.call(sys_fsync, one), 0);
  EXPECT_EQ(p.call(sys_fsync, other), -EIO);
  EXPECT_EQ(p.call(sys_fsync, other), 0);
  p.call(sys_close, one);
  p.call(sys_close, other);
}

TEST_F(DiskCalls, ReadOnlyAndBack) {
  i64 const fd = p.open("/mnt/r", O_WRONLY | O_CREAT);
  EXPECT_EQ(p.write(fd, "kept"), 4);
  EXPECT_EQ(p.call(sys_mount, nullptr, "/mnt", nullptr, MS_REMOUNT | MS_RDONLY, nullptr), -EBUSY);
  p.call(sys_close, fd);
  EXPECT_EQ(p.call(sys_mount, nullptr, "/mnt", nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
  EXPECT_EQ(disk.data("r"), "kept");
  EXPECT_EQ(p.open("/mnt/r", O_WRONLY), -EROFS);
  EXPECT_EQ(p.call(sys_mount, "/vda", "/mnt", "ext4", 0, nullptr), -EBUSY) << "it is mounted the other way";
  EXPECT_EQ(p.call(sys_mount, nullptr, "/mnt", nullptr, MS_REMOUNT, nullptr), 0);
  EXPECT_EQ(p.open("/mnt/r", O_WRONLY), 0);
  EXPECT_EQ(p.call(sys_close, 0), 0);
}

TEST_F(DiskCalls, AMountedDiskIsTaken) {
  EXPECT_EQ(p.open("/vda", O_RDWR | O_EXCL), -EBUSY);
  i64 const fd = p.open("/vda", O_RDWR);
  EXPECT_GE(fd, 0);
  EXPECT_EQ(p.write(fd, "raw"), 3);
  EXPECT_EQ(p.call(sys_close, fd), 0);
  EXPECT_EQ(std::memcmp(device.units[0].bytes.data(), "raw", 3), 0);
  EXPECT_GE(device.flushes, 1u);
  EXPECT_EQ(p.call(sys_umount2, "/mnt", 0), 0);
  EXPECT_EQ(p.open("/vda", O_RDWR | O_EXCL), 0);
  EXPECT_EQ(p.call(sys_mount, "/vda", "/mnt", "ext4", 0, nullptr), -EBUSY);
  EXPECT_EQ(p.call(sys_close, 0), 0);
  mount();
}

TEST_F(DiskCalls, ExtendedAttributes) {
  i64 const fd = p.open("/mnt/x", O_RDWR | O_CREAT);
  EXPECT_EQ(p.call(sys_fsetxattr, fd, "user.one", "value", 5, 0), 0);
  EXPECT_EQ(p.call(sys_fsetxattr, fd, "user.one", "value", 5, 1), -EEXIST);
  char got[16] = {};
  EXPECT_EQ(p.call(sys_getxattr, "/mnt/x", "user.one", got, 16), 5);
  EXPECT_STREQ(got, "value");
  EXPECT_EQ(p.call(sys_removexattr, "/mnt/x", "user.one"), 0);
  EXPECT_EQ(p.call(sys_removexattr, "/mnt/x", "user.one"), -ENODATA);
  EXPECT_EQ(p.call(sys_setxattr, "/mnt/x", "none", "", 0, 0), -EOPNOTSUPP);
  p.call(sys_close, fd);
}

TEST_F(DiskCalls, AppendersLoseNothingBesideAFlusherAndAServiceThatDoesItAllTwice) {
  disk.twice = true;
  constexpr int threads = 4, records = 200;
  i64 const make = p.open("/mnt/log", O_WRONLY | O_CREAT);
  p.call(sys_close, make);
  std::vector<std::thread> writers;
  std::atomic<bool> end{false};
  for (int t = 0; t < threads; ++t)
    writers.emplace_back([t] {
      Program own;
      i64 const fd = own.open("/mnt/log", O_WRONLY | O_APPEND);
      for (int i = 0; i < records; ++i) {
        char line[32];
        snprintf(line, sizeof line, "%d %04d %s\n", t, i, i % 3 ? "...." : "..........");
        EXPECT_EQ(own.write(fd, line), i64(strlen(line)));
        if (i % 50 == 0) { EXPECT_EQ(own.call(sys_fdatasync, fd), 0); }
      }
      own.call(sys_close, fd);
    });
  std::thread flusher{[&] { while (!end) DirtyList::write_back(nullptr); }};
  for (auto& w : writers) w.join();
  end = true;
  flusher.join();
  EXPECT_EQ(p.call(sys_sync), 0);
  int next[threads] = {};
  std::string const log = disk.data("log");
  for (usize at = 0; at < log.size(); at = log.find('\n', at) + 1) {
    int t = -1, i = -1;
    ASSERT_EQ(sscanf(log.c_str() + at, "%d %d", &t, &i), 2);
    ASSERT_TRUE(t >= 0 && t < threads);
    EXPECT_EQ(i, next[t]++);
  }
  for (int n : next) EXPECT_EQ(n, records);
}

}  // namespace
}  // namespace hinge::linux_service
