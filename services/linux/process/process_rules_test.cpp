// Rules that need no running process: clone's flags, status words of wait, wake operations of futexes, futex hashing,
// resource limits.
// links: services/linux/process/clone_check.cpp tests/support/fake_host.cpp
#include <gtest/gtest.h>

#include <set>

#include "services/linux/core/limits.hpp"
#include "services/linux/process/clone.hpp"
#include "services/linux/process/wait.hpp"
#include "services/linux/process/wake_op.hpp"

namespace hinge::linux_service {
namespace {

TEST(Clone, KnowsWhatGoesTogether) {
  using namespace clone_flag;
  constexpr u64 glibc_thread = same_memory | same_fs | same_files | same_handlers | thread | sysv_undo | set_tls |
                               parent_set_tid | child_clear_tid;
  EXPECT_TRUE(check({.flags = glibc_thread}));
  EXPECT_TRUE(check({.flags = 0x7d0f00}));  // musl, with CLONE_DETACHED.
  EXPECT_TRUE(check({.flags = child_set_tid | child_clear_tid, .exit_signal = Signal::child}));
  EXPECT_TRUE(check({.flags = same_memory | vfork, .exit_signal = Signal::child}));
  EXPECT_EQ(check({.flags = thread | same_memory}).error(), Errno::invalid);
  EXPECT_EQ(check({.flags = same_handlers}).error(), Errno::invalid);
  EXPECT_EQ(check({.flags = same_memory | same_handlers | clear_handlers}).error(), Errno::invalid);
  EXPECT_EQ(check({.flags = new_pid}).error(), Errno::invalid);
  EXPECT_EQ(check({.flags = 0, .exit_signal = Signal(65)}).error(), Errno::invalid);
}

TEST(Wait, Selectors) {
  EXPECT_EQ(selector_of(-1, 7).kind, Selector::any);
  EXPECT_EQ(selector_of(5, 7).kind, Selector::process);
  EXPECT_EQ(selector_of(0, 7).id, 7);
  EXPECT_EQ(selector_of(-9, 7).id, 9);
}

TEST(Wait, StatusWords) {
  ChildEvent const exited{1, 0, ChildEvent::ended, 3 << 8}, killed{1, 0, ChildEvent::ended, 9};
  ChildEvent const stopped{1, 0, ChildEvent::stopped, 20}, continued{1, 0, ChildEvent::continued, 0};
  EXPECT_EQ(wait_status(exited), 0x300u);
  EXPECT_EQ(wait_status(killed), 9u);
  EXPECT_EQ(wait_status(stopped), 0x147fu);
  EXPECT_EQ(wait_status(continued), 0xffffu);
  EXPECT_EQ(child_code(exited).code, signal_code::child_exited);
  EXPECT_EQ(child_code(exited).status, 3);
  EXPECT_EQ(child_code(killed).code, signal_code::child_killed);
  EXPECT_EQ(child_code(killed).status, 9);
  EXPECT_EQ(child_code(stopped).status, 20);
  EXPECT_EQ(child_code(continued).status, 18);
}

TEST(Futex, WakeOperations) {
  auto const encode = [](u32 kind, u32 comparison, u32 operand, u32 against) {
    return kind << 28 | comparison << 24 | (operand & 0xfff) << 12 | (against & 0xfff);
  };
  WakeOperation op = decode_wake_operation(encode(1, 4, 0xfff, 0));  // += -1; > 0
  EXPECT_TRUE(op.is_valid);
  EXPECT_EQ(op.apply(5), 4u);
  EXPECT_TRUE(op.compare(1));
  EXPECT_FALSE(op.compare(0));
  EXPECT_FALSE(op.compare(~u32{0}));
  op = decode_wake_operation(encode(8 | 2, 0, 5, 3));  // |= 1 << 5; == 3
  EXPECT_EQ(op.apply(1), 33u);
  EXPECT_TRUE(op.compare(3));
  EXPECT_FALSE(decode_wake_operation(encode(5, 0, 0, 0)).is_valid);
  EXPECT_FALSE(decode_wake_operation(encode(0, 6, 0, 0)).is_valid);
}

TEST(Futex, NeighbouringWordsSpread) {
  std::set<u32> seen;
  for (u64 i = 0; i < 256; ++i) seen.insert(futex_hash({0xffffa0040000c000, 0x7f0000001000 + i * 64}));
  EXPECT_GT(seen.size(), 128u);
  EXPECT_EQ(futex_hash({1, 2}), futex_hash({1, 2}));
}

TEST(Limits, OfTheFirstProcess) {
  constexpr Limits l = initial_limits(500);
  EXPECT_EQ(l[Resource::processes].soft, 500u);
  EXPECT_EQ(l[Resource::stack].soft, 8u << 20);
  EXPECT_EQ(l[Resource::descriptors].soft, 1024u);
  EXPECT_EQ(l[Resource::address_space].hard, unlimited);
}

}  // namespace
}  // namespace hinge::linux_service
