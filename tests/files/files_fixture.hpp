// What the tests of the file calls share: the personality's files over the real tmpfs, called directly, with one program
// in a folder of its own for each test. The addresses of the test itself stand for the caller's memory.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "services/linux/files/root.hpp"
#include "services/tmpfs/service.hpp"
#include "tests/support/program.hpp"

namespace hinge::linux_service {

inline constinit tmpfs::Service tmpfs_service;

class Files : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (MountTable::root()) return;
    let_programs_copy();
    ASSERT_TRUE(tmpfs_service.on(Lifecycle::Start{}, Caller{}));
    files::tmpfs_port.connect(tmpfs_service);
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

}  // namespace hinge::linux_service
