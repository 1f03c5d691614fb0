// links: nucleus/core/capabilities.cpp nucleus/core/check.cpp nucleus/core/check_calls.cpp nucleus/core/events.cpp nucleus/core/orphans.cpp
// links: nucleus/core/portals.cpp nucleus/core/slots.cpp nucleus/core/threads.cpp nucleus/core/budgets.cpp nucleus/core/loans.cpp
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/small_core.hpp"

namespace hinge::nucleus {
namespace {

struct Threads : testing::Test {
  ~Threads() override { EXPECT_STREQ(core.check(), nullptr); }
  Thread& thread(u8 priority = 8, u64 mask = ~u64{0}) {
    Thread& t = **core.create_thread(1);
    t.priority = priority;
    t.cpu_mask = mask;
    return t;
  }
  void run(Thread& t, u32 cpu) {
    t.state = ThreadState::running;
    t.cpu = cpu;
    core.processors[cpu].running = &t;
    core.processors[cpu].idle = false;
  }

  std::unique_ptr<SmallCore> small = std::make_unique<SmallCore>(2);
  Core& core = small->core;
};

TEST_F(Threads, TheBestGoesFirstAndEqualsTakeTurns) {
  Thread& a = thread();
  Thread& b = thread();
  Thread& best = thread(31);
  for (Thread* t : {&a, &b, &best}) {
    t->cpu_mask = 1;
    core.make_ready(*t);
  }
  EXPECT_TRUE(core.better_waits(0, 31));
  EXPECT_FALSE(core.better_waits(0, 32));
  EXPECT_EQ(core.pick(0), &best);
  EXPECT_EQ(core.pick(0), &a);
  core.make_ready(a);
  EXPECT_EQ(core.pick(0), &b);
  EXPECT_EQ(core.pick(0), &a);
  EXPECT_EQ(core.pick(0), nullptr);
  for (Thread* t : {&a, &b, &best}) core.end_thread(*t);
}

TEST_F(Threads, AnIdleCpuTakesWhatIsAllowedThere) {
  Thread& pinned = thread(9, 1);
  Thread& free = thread(8);
  run(thread(10), 0);
  core.processors[1].idle = false;
  core.make_ready(pinned);
  core.make_ready(free);
  EXPECT_EQ(core.pick(1), &free);
  EXPECT_EQ(core.pick(1), nullptr);
  core.make_ready(free);
}

TEST_F(Threads, CpusAreTold) {
  Thread& runs = thread(8, 1);
  run(runs, 0);
  core.make_ready(thread(7, 1));
  EXPECT_EQ(fake_machine.poked, 0u) << "a lesser thread changes nothing";
  core.make_ready(thread(8, 1));
  EXPECT_EQ(fake_machine.poked, 1u) << "an equal one starts the time slice";
  fake_machine.poked = 0;
  core.make_ready(thread(4, 2));
  EXPECT_EQ(fake_machine.poked, 2u) << "an idle CPU wakes";
  fake_machine.poked = 0;
  core.reprioritise(runs, 3, 1);
  EXPECT_EQ(fake_machine.poked, 1u) << "the running thread has become the lesser";
  fake_machine.poked = 0;
  core.reprioritise(runs, 31, 2);
  EXPECT_EQ(fake_machine.poked, 1u) << "the running thread must leave";
}

TEST_F(Threads, ANewPriorityMovesAReadyThread) {
  Thread& a = thread(8, 1);
  Thread& b = thread(9, 1);
  core.make_ready(a);
  core.make_ready(b);
  core.reprioritise(a, 10, 1);
  EXPECT_STREQ(core.check(), nullptr);
  EXPECT_EQ(core.pick(0), &a);
  core.make_ready(a);
}

TEST_F(Threads, LiveAsLongAsTheyRunOrAreNamed) {
  u32 const table = small->add_slot("slot").index;
  Thread& t = thread();
  Handle const name = *core.name_thread(table, t);
  core.make_ready(t);
  ASSERT_EQ(core.pick(0), &t);
  core.end_thread(t);
  EXPECT_EQ(fake_machine.freed, 0u);
  ASSERT_TRUE(core.remove(name));
  EXPECT_EQ(fake_machine.freed, 1u);
  EXPECT_EQ(core.activations.live(), 0u);

  Thread& never_ran = thread();
  ASSERT_TRUE(core.remove(*core.name_thread(table, never_ran)));
  EXPECT_EQ(core.threads.live(), 0u);
}

}  // namespace
}  // namespace hinge::nucleus
