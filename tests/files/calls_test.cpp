// The file calls as programs make them, over the real tmpfs: data, descriptors, open. Expectations are Linux'. What is about
// names is in calls_of_names.cpp, what waits in calls_that_wait.cpp: one program, because what it links takes long to build.
// links: tests/files/calls_of_names.cpp tests/files/calls_that_wait.cpp
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
// links: services/linux/events/inotify.cpp
// links: services/linux/core/thread.cpp services/linux/core/process.cpp services/linux/core/wait_queue.cpp
// links: services/linux/core/user_memory.cpp services/tmpfs/service.cpp services/tmpfs/store.cpp services/tmpfs/entries.cpp
// links: services/tmpfs/reading.cpp services/tmpfs/changes.cpp services/tmpfs/rename.cpp host/vault.cpp host/undo_log.cpp
// links: host/pages.cpp host/heap.cpp host/lock_rank.cpp base/cpio.cpp base/format.cpp tests/support/fake_host.cpp tests/support/fake_linux.cpp
#include "host/pages.hpp"
#include "services/linux/files/name.hpp"
#include "tests/files/files_fixture.hpp"

namespace hinge::linux_service {
namespace {

TEST_F(Files, WritesAndReadsBack) {
  i64 const fd = p.open("a", O_RDWR | O_CREAT);
  EXPECT_EQ(fd, 0);
  EXPECT_EQ(p.write(fd, "hello"), 5);
  EXPECT_EQ(p.read(fd), "");
  EXPECT_EQ(p.call(sys_lseek, fd, 1, SEEK_SET), 1);
  EXPECT_EQ(p.read(fd, 3), "ell");
  EXPECT_EQ(p.read(fd), "o");
  struct stat s;
  EXPECT_EQ(p.call(sys_fstat, fd, &s), 0);
  EXPECT_EQ(s.st_size, 5);
  EXPECT_EQ(s.st_mode, S_IFREG | 0644);
  EXPECT_EQ(s.st_blocks, 8);
  EXPECT_EQ(p.call(sys_close, fd), 0);
  EXPECT_EQ(p.call(sys_close, fd), -EBADF);
}

TEST_F(Files, OpenFlags) {
  EXPECT_EQ(p.open("none", O_RDONLY), -ENOENT);
  EXPECT_EQ(p.open("none/x", O_CREAT | O_WRONLY), -ENOENT);
  EXPECT_GE(p.open("f", O_CREAT | O_EXCL | O_WRONLY), 0);
  EXPECT_EQ(p.open("f", O_CREAT | O_EXCL | O_WRONLY), -EEXIST);
  EXPECT_EQ(p.open("f", O_RDONLY | O_DIRECTORY), -ENOTDIR);
  EXPECT_EQ(p.open("f/", O_RDONLY), -ENOTDIR);
  EXPECT_EQ(p.open(".", O_RDWR), -EISDIR);
  EXPECT_EQ(p.open(".", O_CREAT | O_RDONLY), -EISDIR);
  EXPECT_EQ(p.open("new/", O_CREAT | O_WRONLY), -EISDIR);
  EXPECT_EQ(p.open("", O_RDONLY), -ENOENT);
  EXPECT_EQ(p.call(sys_symlink, "f", "l"), 0);
  EXPECT_EQ(p.open("l", O_RDONLY | O_NOFOLLOW), -ELOOP);
  EXPECT_GE(p.open("l", O_PATH | O_NOFOLLOW), 0);
  EXPECT_EQ(p.open("l", O_CREAT | O_EXCL | O_WRONLY), -EEXIST);
  EXPECT_EQ(p.call(sys_symlink, "made", "dangling"), 0);
  EXPECT_GE(p.open("dangling", O_CREAT | O_WRONLY), 0);
  struct stat s;
  EXPECT_EQ(p.stat("made", s), 0);
  i64 const t = p.open(".", O_TMPFILE | O_RDWR, 0600);
  EXPECT_GE(t, 0);
  EXPECT_EQ(p.write(t, "x"), 1);
  EXPECT_EQ(p.call(sys_linkat, t, "", AT_FDCWD, "named", AT_EMPTY_PATH), 0);
  EXPECT_EQ(p.stat("named", s), 0);
  EXPECT_EQ(s.st_size, 1);
}

TEST_F(Files, WhatIsWrittenWithoutANameGoesWithItsLastUser) {
  u64 const before = host::page_counts().used;
  i64 const nameless = p.open(".", O_TMPFILE | O_RDWR, 0600);
  EXPECT_EQ(p.write(nameless, "x"), 1);
  EXPECT_EQ(p.call(sys_close, nameless), 0);
  i64 const removed = p.open("removed", O_CREAT | O_RDWR);
  EXPECT_EQ(p.call(sys_unlink, "removed"), 0);
  EXPECT_EQ(p.write(removed, "x"), 1);
  EXPECT_EQ(p.call(sys_close, removed), 0);
  EXPECT_EQ(host::page_counts().used, before);

  i64 const named = p.open(".", O_TMPFILE | O_RDWR, 0600);
  EXPECT_EQ(p.write(named, "kept"), 4);
  EXPECT_EQ(p.call(sys_linkat, named, "", AT_FDCWD, "named", AT_EMPTY_PATH), 0);
  EXPECT_EQ(p.call(sys_close, named), 0);
  NameCache::drop_unused(nullptr);
  EXPECT_EQ(p.read(p.open("named", O_RDONLY)), "kept");
}

TEST_F(Files, AppendsAtTheEnd) {
  i64 const a = p.open("log", O_WRONLY | O_CREAT | O_APPEND), b = p.open("log", O_WRONLY | O_APPEND), r = p.open("log", O_RDONLY);
  EXPECT_EQ(p.write(a, "one"), 3);
  EXPECT_EQ(p.write(b, "two"), 3);
  EXPECT_EQ(p.write(a, "three"), 5);
  EXPECT_EQ(p.read(r), "onetwothree");
  EXPECT_GE(p.open("log", O_WRONLY | O_TRUNC), 0);
  EXPECT_EQ(p.write(a, "x"), 1);
  struct stat s;
  p.stat("log", s);
  EXPECT_EQ(s.st_size, 1);
}

TEST_F(Files, SparseFiles) {
  i64 const fd = p.open("s", O_RDWR | O_CREAT);
  EXPECT_EQ(p.call(sys_pwrite64, fd, "end", 3, 1 << 20), 3);
  EXPECT_EQ(p.call(sys_lseek, fd, 0, 3), 1 << 20) << "SEEK_DATA";
  EXPECT_EQ(p.call(sys_lseek, fd, 0, 4), 0) << "SEEK_HOLE";
  EXPECT_EQ(p.call(sys_lseek, fd, 1 << 20, 4), (1 << 20) + 3);
  EXPECT_EQ(p.call(sys_lseek, fd, 2 << 20, 3), -ENXIO);
  char back[4] = "abc";
  EXPECT_EQ(p.call(sys_pread64, fd, back, 3, 5000), 3);
  EXPECT_EQ(std::string(back, 3), std::string(3, '\0'));
  struct stat s;
  p.call(sys_fstat, fd, &s);
  EXPECT_EQ(s.st_blocks, 8);
  EXPECT_EQ(p.call(sys_ftruncate, fd, (1 << 20) + 1), 0);
  EXPECT_EQ(p.call(sys_ftruncate, fd, (1 << 20) + 3), 0);
  EXPECT_EQ(p.call(sys_pread64, fd, back, 3, 1 << 20), 3);
  EXPECT_EQ(std::string(back, 3), std::string("e\0\0", 3)) << "what was cut off stays cut off";
  EXPECT_EQ(p.call(sys_fallocate, fd, 3, 0, 2 << 20), 0);
  p.call(sys_fstat, fd, &s);
  EXPECT_EQ(s.st_blocks, 0);
  EXPECT_EQ(p.call(sys_lseek, fd, 0, 3), -ENXIO);
}

TEST_F(Files, ShrinksWithinItsOnlyPage) {
  i64 const fd = p.open("small", O_RDWR | O_CREAT);
  p.write(fd, "1\n2\n3\n");
  EXPECT_EQ(p.call(sys_truncate, "small", 3), 0);
  p.call(sys_lseek, fd, 0, SEEK_SET);
  EXPECT_EQ(p.read(fd), "1\n2");
}

TEST_F(Files, BigFilesInManyPages) {
  i64 const fd = p.open("big", O_RDWR | O_CREAT);
  std::string text;
  for (int i = 0; text.size() < 600'000; ++i) text += std::to_string(i) + ' ';
  EXPECT_EQ(p.write(fd, text), i64(text.size()));
  p.call(sys_lseek, fd, 0, SEEK_SET);
  EXPECT_EQ(p.read(fd, 700'000), text);
  i64 const to = p.open("copy", O_RDWR | O_CREAT);
  i64 offset = 0;
  EXPECT_EQ(p.call(sys_sendfile, to, fd, &offset, 1 << 30), i64(text.size()));
  p.call(sys_lseek, to, 0, SEEK_SET);
  EXPECT_EQ(p.read(to, 700'000), text);
}

TEST_F(Files, Descriptors) {
  i64 const fd = p.open("a", O_CREAT | O_RDWR);
  EXPECT_EQ(p.call(sys_dup, fd), fd + 1);
  EXPECT_EQ(p.call(sys_dup2, fd, 100), 100);
  EXPECT_EQ(p.call(sys_dup2, fd, fd), fd);
  EXPECT_EQ(p.call(sys_dup3, fd, fd, 0), -EINVAL);
  EXPECT_EQ(p.call(sys_fcntl, fd, F_DUPFD_CLOEXEC, 10), 10);
  EXPECT_EQ(p.call(sys_fcntl, 10, F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(p.call(sys_fcntl, fd, F_GETFL) & ~0100000, O_RDWR);
  EXPECT_EQ(p.call(sys_fcntl, fd, F_SETFL, O_APPEND | O_NONBLOCK), 0);
  EXPECT_EQ(p.call(sys_fcntl, 100, F_GETFL) & ~0100000, O_RDWR | O_APPEND | O_NONBLOCK) << "one open file";
  EXPECT_EQ(p.call(sys_dup2, fd, 1 << 20), -EBADF);
  EXPECT_EQ(p.call(sys_fcntl, fd, F_DUPFD, 1 << 20), -EINVAL);
  Program child;
  child.share_files_of(p);
  files::close_on_exec(*child.thread);
  EXPECT_EQ(child.call(sys_fcntl, 10, F_GETFD), -EBADF);
  EXPECT_EQ(p.call(sys_fcntl, 10, F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(p.call(sys_close_range, 1, ~0u, 0), 0);
  EXPECT_EQ(p.call(sys_fcntl, 100, F_GETFD), -EBADF);
  for (int i = 1; i < 300; ++i) EXPECT_EQ(p.call(sys_dup, fd), i) << "the table grows";
}

TEST_F(Files, BadPointers) {
  EXPECT_EQ(p.call(sys_open, u64{1} << 63, O_RDONLY), -EFAULT);
  i64 const fd = p.open("f", O_RDWR | O_CREAT);
  EXPECT_EQ(p.call(sys_write, fd, u64{1} << 63, 10), -EFAULT);
  EXPECT_EQ(p.call(sys_read, fd, u64{1} << 63, 10), -EFAULT);
  EXPECT_EQ(p.call(sys_fstat, fd, u64{1} << 63), -EFAULT);
  EXPECT_EQ(p.call(sys_readv, fd, u64{1} << 63, 2), -EFAULT);
  EXPECT_EQ(p.call(sys_writev, fd, nullptr, 5000), -EINVAL);
}

}  // namespace
}  // namespace hinge::linux_service
