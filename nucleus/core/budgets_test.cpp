// links: nucleus/core/capabilities.cpp nucleus/core/check.cpp nucleus/core/check_calls.cpp nucleus/core/events.cpp nucleus/core/orphans.cpp
// links: nucleus/core/portals.cpp nucleus/core/slots.cpp nucleus/core/threads.cpp nucleus/core/budgets.cpp nucleus/core/loans.cpp
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/small_core.hpp"

namespace hinge::nucleus {
namespace {

constexpr u64 ms = 1'000'000;

struct Budgets : testing::Test {
  Budgets() {
    EXPECT_TRUE(core.set_budget(t, 20 * ms, 100 * ms, 0));
    t.state = ThreadState::running;
    core.processors[0].running = &t;
    core.processors[0].idle = false;
  }
  ~Budgets() override { EXPECT_STREQ(core.check(), nullptr); }
  bool used_up() const { return t.flags & flag_budget; }

  std::unique_ptr<SmallCore> small = std::make_unique<SmallCore>();
  Core& core = small->core;
  Thread& t = **core.create_thread(0);
};

TEST_F(Budgets, AreUsedUpAndComeBackWithThePeriod) {
  core.spend(t, 19 * ms);
  EXPECT_FALSE(used_up());
  EXPECT_FALSE(core.rest(t, 30 * ms));
  core.spend(t, ms);
  EXPECT_TRUE(used_up());
  ASSERT_TRUE(core.rest(t, 40 * ms));
  core.processors[0].running = nullptr;
  EXPECT_EQ(core.expire(40 * ms), 100 * ms);
  core.expire(100 * ms);
  EXPECT_EQ(t.state, ThreadState::ready);
  EXPECT_FALSE(core.rest(t, 100 * ms));
  EXPECT_EQ(t.left_ns, i64(20 * ms));
}

TEST_F(Budgets, DebtIsPaidByThePeriodsThatFollow) {
  core.spend(t, 65 * ms);  // inside a service: 45 ms are owed
  core.replenish(t, 100 * ms);
  EXPECT_EQ(t.left_ns, -i64(25 * ms));
  core.replenish(t, 250 * ms);
  EXPECT_TRUE(used_up());
  EXPECT_EQ(t.left_ns, -i64(5 * ms));
  core.replenish(t, 300 * ms);
  EXPECT_FALSE(used_up());
  EXPECT_EQ(t.left_ns, i64(15 * ms));
}

TEST_F(Budgets, AreNotSavedUp) {
  core.replenish(t, 100'000 * ms);
  EXPECT_EQ(t.left_ns, i64(20 * ms));
  EXPECT_EQ(t.period_end_ns, 100'100 * ms) << "the phase stays";
}

TEST_F(Budgets, AreCheckedAndCanBeTakenAway) {
  EXPECT_FALSE(core.set_budget(t, 1, 100 * ms, 0));
  EXPECT_FALSE(core.set_budget(t, 101 * ms, 100 * ms, 0));
  EXPECT_FALSE(core.set_budget(t, ms, ~u64{0}, 0));
  core.spend(t, 30 * ms);
  ASSERT_TRUE(core.rest(t, 50 * ms));
  core.processors[0].running = nullptr;
  ASSERT_TRUE(core.set_budget(t, 100 * ms, 100 * ms, 50 * ms)) << "all of it";
  EXPECT_EQ(t.state, ThreadState::ready);
  core.spend(t, 1'000 * ms);
  EXPECT_FALSE(used_up());
}

}  // namespace
}  // namespace hinge::nucleus
