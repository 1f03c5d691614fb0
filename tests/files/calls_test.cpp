// One file because what it links takes long to build.
// The file calls as programs make them, over the real tmpfs service called directly: paths, permissions, data, pipes,
// readiness, locks. Expectations are Linux'. Addresses of the test itself stand for the caller's memory.
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
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "services/linux/files/root.hpp"
#include "services/tmpfs/service.hpp"
#include "tests/support/program.hpp"

namespace hinge::linux_service {


namespace {

constinit tmpfs::Service service;
class Files : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (MountTable::root()) return;
    let_programs_copy();
    ASSERT_TRUE(service.on(Lifecycle::Start{}, Caller{}));
    files::tmpfs_port.connect(service);
    ASSERT_TRUE(files::start(Lifecycle::Start{}, {}, false));
  }
  void SetUp() override {
    static int count = 0;
    home = "/t" + std::to_string(count++);
    ASSERT_EQ(p.call(sys_mkdir, home.c_str(), 0777), 0);
    ASSERT_EQ(p.call(sys_chdir, home.c_str()), 0);
    ASSERT_EQ(p.call(sys_chmod, ".", 0777), 0);
    fake_linux::sent_signals.clear();
  }
  std::vector<std::string> list(char const* path) {
    i64 const fd = p.open(path, O_RDONLY | O_DIRECTORY);
    std::vector<std::string> names;
    alignas(8) char buffer[256];
    for (i64 n; (n = p.call(sys_getdents64, fd, buffer, sizeof buffer)) > 0;)
      for (i64 at = 0; at < n; at += *reinterpret_cast<u16*>(buffer + at + 16)) names.emplace_back(buffer + at + 19);
    p.call(sys_close, fd);
    return names;
  }
  Program p;
  std::string home;
};

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

TEST_F(Files, PathsAndLinks) {
  p.call(sys_mkdir, "d", 0755);
  p.call(sys_mkdir, "d/e", 0755);
  p.open("d/e/f", O_CREAT | O_WRONLY);
  struct stat s;
  EXPECT_EQ(p.stat("d/./e/../e//f", s), 0);
  EXPECT_EQ(p.stat((home + "/../.." + home + "/d/e/f").c_str(), s), 0);
  EXPECT_EQ(p.stat("d/e/f/x", s), -ENOTDIR);
  EXPECT_EQ(p.stat("d/e/f/", s), -ENOTDIR);
  EXPECT_EQ(p.stat("d/none/../e", s), -ENOENT);
  p.call(sys_symlink, "d/e", "link");
  EXPECT_EQ(p.stat("link", s), 0);
  EXPECT_TRUE(S_ISLNK(s.st_mode));
  EXPECT_EQ(p.stat("link/", s), 0);
  EXPECT_TRUE(S_ISDIR(s.st_mode));
  EXPECT_EQ(p.stat("link/f", s), 0);
  p.call(sys_symlink, "loop2", "loop1");
  p.call(sys_symlink, "loop1", "loop2");
  EXPECT_EQ(p.call(sys_stat, "loop1", &s), -ELOOP);
  EXPECT_EQ(p.stat(std::string(256, 'x').c_str(), s), -ENAMETOOLONG);
  EXPECT_EQ(p.stat(std::string(5000, 'x').c_str(), s), -ENAMETOOLONG);
  char target[16];
  EXPECT_EQ(p.call(sys_readlink, "link", target, 16), 3);
  EXPECT_EQ(p.call(sys_readlink, "link", target, 2), 2);
  EXPECT_EQ(p.call(sys_readlink, "d", target, 16), -EINVAL);
  EXPECT_EQ(p.call(sys_chdir, "link"), 0);
  char cwd[100];
  EXPECT_GT(p.call(sys_getcwd, cwd, sizeof cwd), 0);
  EXPECT_EQ(cwd, home + "/d/e");
  EXPECT_EQ(p.call(sys_getcwd, cwd, 3), -ERANGE);
  EXPECT_EQ(p.call(sys_rename, "../../d", "../../moved"), 0);
  EXPECT_GT(p.call(sys_getcwd, cwd, sizeof cwd), 0);
  EXPECT_EQ(cwd, home + "/moved/e");
}

TEST_F(Files, RemovesAndRenames) {
  p.open("a", O_CREAT | O_WRONLY);
  p.call(sys_mkdir, "d", 0755);
  struct stat s;
  EXPECT_EQ(p.call(sys_unlink, "d"), -EISDIR);
  EXPECT_EQ(p.call(sys_rmdir, "a"), -ENOTDIR);
  EXPECT_EQ(p.call(sys_rmdir, "."), -EINVAL);
  EXPECT_EQ(p.call(sys_rename, "a", "d"), -EISDIR);
  EXPECT_EQ(p.call(sys_rename, "d", "a"), -ENOTDIR);
  EXPECT_EQ(p.call(sys_rename, "a", "d/a"), 0);
  EXPECT_EQ(p.stat("a", s), -ENOENT);
  EXPECT_EQ(p.stat("d/a", s), 0);
  EXPECT_EQ(p.call(sys_rmdir, "d"), -ENOTEMPTY);
  EXPECT_EQ(p.call(sys_rename, "d", "d/x"), -EINVAL);
  EXPECT_EQ(p.call(sys_link, "d/a", "b"), 0);
  p.stat("b", s);
  EXPECT_EQ(s.st_nlink, 2u);
  EXPECT_EQ(p.call(sys_unlink, "d/a"), 0);
  p.stat("b", s);
  EXPECT_EQ(s.st_nlink, 1u);
  EXPECT_EQ(p.call(sys_rmdir, "d"), 0);
  EXPECT_EQ(p.call(sys_rmdir, "d"), -ENOENT);
  EXPECT_EQ(p.call(sys_mkdir, "b", 0755), -EEXIST);
  EXPECT_EQ(p.call(sys_renameat2, AT_FDCWD, "b", AT_FDCWD, "b", 1), -EEXIST);
}

TEST_F(Files, UnlinkedFilesLiveWhileOpen) {
  i64 const fd = p.open("gone", O_RDWR | O_CREAT);
  p.write(fd, "still here");
  EXPECT_EQ(p.call(sys_unlink, "gone"), 0);
  EXPECT_EQ(p.open("gone", O_RDONLY), -ENOENT);
  p.call(sys_lseek, fd, 0, SEEK_SET);
  EXPECT_EQ(p.read(fd), "still here");
  struct stat s;
  p.call(sys_fstat, fd, &s);
  EXPECT_EQ(s.st_nlink, 0u);
}

TEST_F(Files, PermissionsOfAnOrdinaryUser) {
  p.open("secret", O_CREAT | O_WRONLY, 0600);
  p.call(sys_mkdir, "closed", 0700);
  p.open("closed/f", O_CREAT | O_WRONLY, 0666);
  p.call(sys_mkdir, "sticky", 0777);
  p.call(sys_chmod, "sticky", 01777);
  p.open("sticky/roots", O_CREAT | O_WRONLY, 0666);
  p.become(1000);
  struct stat s;
  EXPECT_EQ(p.open("secret", O_RDONLY), -EACCES);
  EXPECT_EQ(p.stat("closed/f", s), -EACCES);
  EXPECT_EQ(p.call(sys_unlink, "sticky/roots"), -EPERM);
  EXPECT_GE(p.open("sticky/mine", O_CREAT | O_WRONLY, 0), 0) << "open to its maker, whatever the mode";
  EXPECT_EQ(p.open("sticky/mine", O_RDONLY), -EACCES);
  EXPECT_EQ(p.call(sys_unlink, "sticky/mine"), 0);
  EXPECT_EQ(p.call(sys_chmod, "secret", 0666), -EPERM);
  EXPECT_EQ(p.call(sys_chown, "secret", 1000, 1000), -EPERM);
  EXPECT_EQ(p.call(sys_access, "secret", 4), -EACCES);
  EXPECT_EQ(p.call(sys_utimensat, AT_FDCWD, "secret", nullptr, 0), -EACCES);
  EXPECT_EQ(p.call(sys_mknod, "dev", S_IFCHR | 0666, 0x103), -EPERM);
}

TEST_F(Files, ModesAndOwners) {
  p.call(sys_umask, 077);
  p.open("f", O_CREAT | O_WRONLY, 0666);
  struct stat s;
  p.stat("f", s);
  EXPECT_EQ(s.st_mode & 07777, 0600u);
  p.call(sys_chmod, "f", 06755);
  EXPECT_EQ(p.call(sys_chown, "f", 5, 6), 0);
  p.stat("f", s);
  EXPECT_EQ(s.st_mode & 07777, 0755u);
  EXPECT_EQ(s.st_uid, 5u);
  EXPECT_EQ(s.st_gid, 6u);
  p.call(sys_mkdir, "shared", 0777);
  p.call(sys_chown, "shared", -1, 42);
  p.call(sys_chmod, "shared", 02777);
  p.call(sys_mkdir, "shared/sub", 0777);
  p.stat("shared/sub", s);
  EXPECT_EQ(s.st_gid, 42u);
  EXPECT_EQ(s.st_mode & 07777, 02700u);
  timespec const times[2] = {{100, 5}, {200, 6}};
  EXPECT_EQ(p.call(sys_utimensat, AT_FDCWD, "f", times, 0), 0);
  p.stat("f", s);
  EXPECT_EQ(s.st_atim.tv_sec, 100);
  EXPECT_EQ(s.st_mtim.tv_nsec, 6);
}

TEST_F(Files, ListsEveryNameOnce) {
  std::set<std::string> made{".", ".."};
  for (int i = 0; i < 100; ++i) {
    made.insert("file" + std::to_string(i));
    p.call(sys_close, p.open(("file" + std::to_string(i)).c_str(), O_CREAT | O_WRONLY));
  }
  auto const found = list(".");
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()), made);
  EXPECT_EQ(found.size(), made.size());
  p.call(sys_mkdir, "gone", 0755);
  i64 const fd = p.open("gone", O_RDONLY);
  p.call(sys_rmdir, "gone");
  char buffer[256];
  EXPECT_EQ(p.call(sys_getdents64, fd, buffer, sizeof buffer), -ENOENT);
  EXPECT_EQ(p.call(sys_openat, fd, "x", O_CREAT | O_WRONLY, 0644), -ENOENT);
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

TEST_F(Files, Pipes) {
  i32 fds[2];
  ASSERT_EQ(p.call(sys_pipe2, fds, O_NONBLOCK), 0);
  EXPECT_EQ(p.read(fds[0]), "errno 11");
  EXPECT_EQ(p.write(fds[1], "abc"), 3);
  EXPECT_EQ(p.read(fds[0], 2), "ab");
  EXPECT_EQ(p.read(fds[0]), "c");
  EXPECT_EQ(p.write(fds[1], std::string(100'000, 'x')), 65536);
  EXPECT_EQ(p.write(fds[1], "y"), -EAGAIN);
  EXPECT_EQ(p.read(fds[0], 10), std::string(10, 'x'));
  EXPECT_EQ(p.write(fds[1], std::string(11, 'y')), -EAGAIN) << "whole or not at all";
  EXPECT_EQ(p.write(fds[1], std::string(10, 'y')), 10);
  EXPECT_EQ(p.call(sys_fcntl, fds[0], F_GETPIPE_SZ), 65536);
  EXPECT_EQ(p.call(sys_fcntl, fds[0], F_SETPIPE_SZ, 4096), -EBUSY);
  EXPECT_EQ(p.call(sys_fcntl, fds[0], F_SETPIPE_SZ, 131072), 131072);
  EXPECT_EQ(p.read(fds[0], 70000), std::string(65526, 'x') + std::string(10, 'y'));
  EXPECT_EQ(p.call(sys_close, fds[0]), 0);
  EXPECT_EQ(p.write(fds[1], "z"), -EPIPE);
  EXPECT_EQ(fake_linux::sent_signals, std::vector<int>{13});
}

TEST_F(Files, PipesWaitWithoutAStack) {
  i32 fds[2];
  p.call(sys_pipe, fds);
  Program reader;
  reader.share_files_of(p);
  char text[8] = {};
  EXPECT_EQ(reader.call(sys_read, fds[0], text, 8), blocked);
  EXPECT_EQ(p.write(fds[1], "now"), 3);
  EXPECT_EQ(reader.again(Reason::woken), 3);
  std::string const much(70'000, 'm');
  Program writer;
  writer.share_files_of(p);
  EXPECT_EQ(writer.call(sys_write, fds[1], much.data(), much.size()), blocked);
  EXPECT_EQ(p.read(fds[0], 65536).size(), 65536u);
  EXPECT_EQ(writer.again(Reason::woken), 70'000) << "what went before the wait counts";
  EXPECT_EQ(p.read(fds[0], 65536).size(), 70'000u - 65536);
  EXPECT_EQ(reader.call(sys_read, fds[0], text, 8), blocked);
  p.call(sys_close, fds[1]);
  writer.call(sys_close, fds[1]);
  reader.thread->process().descriptors->close(*reader.thread, fds[1]).value();
  EXPECT_EQ(reader.again(Reason::woken), 0) << "the end, once the last writer is gone";
}

TEST_F(Files, FifosMeetAtOpen) {
  ASSERT_EQ(p.call(sys_mknod, "fifo", S_IFIFO | 0644, 0), 0);
  EXPECT_EQ(p.open("fifo", O_WRONLY | O_NONBLOCK), -ENXIO);
  Program reader;
  reader.call(sys_chdir, home.c_str());
  EXPECT_EQ(reader.open("fifo", O_RDONLY), blocked);
  i64 const w = p.open("fifo", O_WRONLY);
  EXPECT_GE(w, 0);
  i64 const r = reader.again(Reason::woken);
  EXPECT_GE(r, 0);
  EXPECT_EQ(p.write(w, "through"), 7);
  EXPECT_EQ(reader.read(r), "through");
  p.call(sys_close, w);
  EXPECT_EQ(reader.read(r), "");
  EXPECT_EQ(reader.call(sys_close, r), 0);
  EXPECT_EQ(reader.open("fifo", O_WRONLY), blocked);
  EXPECT_EQ(reader.again(Reason::cancelled), -512) << "given up: the file it had made goes";
}

TEST_F(Files, PollsAndSelects) {
  i32 fds[2];
  p.call(sys_pipe, fds);
  pollfd asked[3] = {{fds[0], POLLIN, 0}, {fds[1], POLLOUT, 0}, {99, POLLIN, 0}};
  EXPECT_EQ(p.call(sys_poll, asked, 3, -1), 2);
  EXPECT_EQ(asked[0].revents, 0);
  EXPECT_EQ(asked[1].revents, POLLOUT);
  EXPECT_EQ(asked[2].revents, POLLNVAL);
  EXPECT_EQ(p.call(sys_poll, asked, 1, 0), 0);
  EXPECT_EQ(p.call(sys_poll, asked, 1, 1000), blocked);
  EXPECT_EQ(p.again(Reason::timed_out), 0);
  EXPECT_EQ(p.call(sys_poll, asked, 1, -1), blocked);
  Program other;
  other.share_files_of(p);
  other.write(fds[1], "x");
  EXPECT_TRUE(p.thread->seen_wakes > 0);
  EXPECT_EQ(p.again(Reason::woken), 1);
  EXPECT_EQ(asked[0].revents, POLLIN);
  u64 reads[16] = {u64{1} << fds[0]};
  timeval zero{};
  EXPECT_EQ(p.call(sys_select, fds[0] + 1, reads, nullptr, nullptr, &zero), 1);
  EXPECT_EQ(reads[0], u64{1} << fds[0]);
  other.call(sys_close, fds[1]);
  p.call(sys_close, fds[1]);
  EXPECT_EQ(p.call(sys_poll, asked, 1, 0), 1);
  EXPECT_EQ(asked[0].revents, POLLIN | POLLHUP);
}

TEST_F(Files, EpollLevelEdgeAndOneShot) {
  i32 fds[2];
  p.call(sys_pipe, fds);
  i64 const set = p.call(sys_epoll_create1, 0);
  epoll_event event{EPOLLIN, {.u64 = 7}}, got[4];
  EXPECT_EQ(p.call(sys_epoll_ctl, set, EPOLL_CTL_ADD, fds[0], &event), 0);
  EXPECT_EQ(p.call(sys_epoll_ctl, set, EPOLL_CTL_ADD, fds[0], &event), -EEXIST);
  EXPECT_EQ(p.call(sys_epoll_ctl, set, EPOLL_CTL_ADD, p.open("f", O_CREAT | O_RDWR), &event), -EPERM);
  EXPECT_EQ(p.call(sys_epoll_ctl, set, EPOLL_CTL_ADD, set, &event), -EINVAL);
  auto const wait = [&](i32 timeout = 0) { return p.call(sys_epoll_wait, set, got, 4, timeout); };
  EXPECT_EQ(wait(), 0);
  EXPECT_EQ(wait(-1), blocked);
  Program other;
  other.share_files_of(p);
  other.write(fds[1], "x");
  EXPECT_EQ(p.again(Reason::woken), 1);
  EXPECT_EQ(u64{got[0].data.u64}, 7u);
  EXPECT_EQ(wait(), 1) << "level: told again";
  event.events = EPOLLIN | EPOLLET;
  EXPECT_EQ(p.call(sys_epoll_ctl, set, EPOLL_CTL_MOD, fds[0], &event), 0);
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(wait(), 0) << "edge: told once";
  other.write(fds[1], "y");
  EXPECT_EQ(wait(), 1);
  event.events = EPOLLIN | EPOLLONESHOT;
  EXPECT_EQ(p.call(sys_epoll_ctl, set, EPOLL_CTL_MOD, fds[0], &event), 0);
  EXPECT_EQ(wait(), 1);
  other.write(fds[1], "z");
  EXPECT_EQ(wait(), 0) << "one shot";
  i64 const outer = p.call(sys_epoll_create1, 0);
  event.events = EPOLLIN;
  EXPECT_EQ(p.call(sys_epoll_ctl, outer, EPOLL_CTL_ADD, set, &event), 0);
  EXPECT_EQ(p.call(sys_epoll_ctl, set, EPOLL_CTL_ADD, outer, &event), -ELOOP);
  EXPECT_EQ(p.call(sys_epoll_wait, outer, got, 4, 0), 0);
  EXPECT_EQ(p.call(sys_epoll_ctl, set, EPOLL_CTL_MOD, fds[0], &event), 0);
  EXPECT_EQ(p.call(sys_epoll_wait, outer, got, 4, 0), 1) << "nested";
  p.call(sys_close, fds[0]);
  other.call(sys_close, fds[0]);
  EXPECT_EQ(wait(), 0) << "the file's end takes it out";
}

TEST_F(Files, EventCounters) {
  i64 const fd = p.call(sys_eventfd2, 3, O_NONBLOCK);
  u64 value = 0;
  EXPECT_EQ(p.call(sys_read, fd, &value, 8), 8);
  EXPECT_EQ(value, 3u);
  EXPECT_EQ(p.call(sys_read, fd, &value, 8), -EAGAIN);
  EXPECT_EQ(p.call(sys_read, fd, &value, 4), -EINVAL);
  value = ~u64{0} - 1;
  EXPECT_EQ(p.call(sys_write, fd, &value, 8), 8);
  value = 1;
  EXPECT_EQ(p.call(sys_write, fd, &value, 8), -EAGAIN);
}

TEST_F(Files, RecordLocks) {
  i64 const fd = p.open("l", O_RDWR | O_CREAT);
  Program other;
  other.call(sys_chdir, home.c_str());
  i64 const theirs = other.open("l", O_RDWR);
  struct flock l{F_WRLCK, SEEK_SET, 10, 10, 0};
  EXPECT_EQ(p.call(sys_fcntl, fd, F_SETLK, &l), 0);
  struct flock m{F_RDLCK, SEEK_SET, 15, 1, 0};
  EXPECT_EQ(other.call(sys_fcntl, theirs, F_SETLK, &m), -EAGAIN);
  EXPECT_EQ(other.call(sys_fcntl, theirs, F_GETLK, &m), 0);
  EXPECT_EQ(m.l_type, F_WRLCK);
  EXPECT_EQ(m.l_start, 10);
  EXPECT_EQ(m.l_pid, p.thread->process().pid);
  m = {F_WRLCK, SEEK_SET, 15, 1, 0};
  EXPECT_EQ(other.call(sys_fcntl, theirs, F_SETLKW, &m), blocked);
  l = {F_UNLCK, SEEK_SET, 12, 5, 0};
  EXPECT_EQ(p.call(sys_fcntl, fd, F_SETLK, &l), 0);
  EXPECT_EQ(other.again(Reason::woken), 0);
  m = {F_WRLCK, SEEK_SET, 18, 1, 0};
  EXPECT_EQ(other.call(sys_fcntl, theirs, F_SETLK, &m), -EAGAIN) << "the rest of a split lock holds";
  p.call(sys_close, p.open("l", O_RDONLY));
  EXPECT_EQ(other.call(sys_fcntl, theirs, F_SETLK, &m), 0) << "any close of the file gives them up";
  EXPECT_EQ(p.call(sys_flock, fd, LOCK_EX), 0);
  EXPECT_EQ(other.call(sys_flock, theirs, LOCK_SH | LOCK_NB), -EAGAIN);
  p.call(sys_close, fd);
  EXPECT_EQ(other.call(sys_flock, theirs, LOCK_SH | LOCK_NB), 0);
}

TEST_F(Files, Mounts) {
  p.call(sys_mkdir, "m", 0755);
  ASSERT_EQ(p.call(sys_mount, "none", "m", "tmpfs", 0, nullptr), 0);
  p.open("m/inside", O_CREAT | O_WRONLY);
  struct stat here, there;
  p.stat(".", here);
  p.stat("m", there);
  EXPECT_NE(here.st_dev, there.st_dev);
  p.stat("m/..", there);
  EXPECT_EQ(here.st_ino, there.st_ino);
  EXPECT_EQ(p.call(sys_rename, "m/inside", "outside"), -EXDEV);
  EXPECT_EQ(p.call(sys_link, "m/inside", "outside"), -EXDEV);
  EXPECT_EQ(p.call(sys_rmdir, "m"), -EBUSY);
  i64 const fd = p.open("m/inside", O_RDONLY);
  EXPECT_EQ(p.call(sys_umount2, "m", 0), -EBUSY);
  p.call(sys_close, 0);
  p.call(sys_close, fd);
  EXPECT_EQ(p.call(sys_umount2, "m", 0), 0);
  EXPECT_EQ(p.stat("m/inside", there), -ENOENT);
  EXPECT_EQ(p.call(sys_umount2, "m", 0), -EINVAL);
  EXPECT_EQ(p.call(sys_mount, "none", "m", "nosuchfs", 0, nullptr), -ENODEV);
}

TEST_F(Files, DeepDirectoriesEndWithoutDeepStacks) {
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(p.call(sys_mkdir, "x", 0755), 0);
    ASSERT_EQ(p.call(sys_chdir, "x"), 0);
  }
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(p.call(sys_chdir, ".."), 0);
    ASSERT_EQ(p.call(sys_rmdir, "x"), 0);
  }
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
