// The file calls about names: paths, links, renames, permissions, listings, mounts. Part of calls_test.cpp.
#include <set>

#include "tests/files/files_fixture.hpp"

namespace hinge::linux_service {
namespace {

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

}  // namespace
}  // namespace hinge::linux_service
