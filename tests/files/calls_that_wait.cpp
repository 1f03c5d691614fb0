// The file calls that wait for somebody: pipes, readiness, counters, locks. Part of calls_test.cpp.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>

#include "tests/files/files_fixture.hpp"

namespace hinge::linux_service {
namespace {

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

}  // namespace
}  // namespace hinge::linux_service
