// links: nucleus/core/capabilities.cpp nucleus/core/check.cpp nucleus/core/check_calls.cpp nucleus/core/events.cpp nucleus/core/orphans.cpp
// links: nucleus/core/portals.cpp nucleus/core/slots.cpp nucleus/core/threads.cpp nucleus/core/budgets.cpp nucleus/core/loans.cpp
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/small_core.hpp"

namespace hinge::nucleus {
namespace {

constexpr u64 outer = 4, inner = 8;  ///< Words of two locks.

struct Loans : testing::Test {
  ~Loans() override { EXPECT_STREQ(core.check(), nullptr); }
  /// A thread in no queue, as one that runs.
  Thread& thread(u8 priority) {
    Thread& t = **core.create_thread(0);
    t.priority = priority;
    return t;
  }
  /// It finds the lock taken.
  void wait(Thread& t, u64 word, Thread& owner) {
    core.park_on_word(t, word, no_deadline);
    core.lend(t, owner);
  }

  std::unique_ptr<SmallCore> small = std::make_unique<SmallCore>();
  Core& core = small->core;
};

TEST_F(Loans, TheOwnerRunsWithTheBestPriorityThatWaits) {
  Thread& high = thread(20);
  Thread& owner = thread(5);
  wait(high, outer, owner);
  EXPECT_EQ(owner.priority, 20);
  EXPECT_TRUE(owner.flags & flag_lent);
  core.unpark(high, Error::cancelled);
  EXPECT_EQ(owner.priority, 5);
}

TEST_F(Loans, WhoWaitsForASlotToDrainLendsToThoseInside) {
  Slot& slot = small->add_slot("slot");
  Slot& other = small->add_slot("other");
  auto const call = [&](Slot& into, Thread& t) {
    Portal& p = core.portals.at(u32(core.entry(*core.create_portal(into.index, into.index, PortalKind::message, 0, 1)).object));
    core.give(p, *core.seek(p, t, 0, true)->fresh, 0);
    (void)core.enter(p, t, 0);
  };
  Thread& outside = thread(5);
  Thread& inside = thread(5);
  Thread& elsewhere = thread(5);
  call(slot, inside);
  call(other, inside);  // further down
  call(other, elsewhere);
  for (Thread* t : {&outside, &elsewhere, &inside}) core.make_ready(*t);
  auto const drain = [&]() -> Thread& {
    Thread& mover = thread(20);
    core.park_on_word(mover, outer, no_deadline);
    core.hurry(mover, slot);
    return mover;
  };
  Thread& first = drain();
  EXPECT_EQ(inside.priority, 20);
  core.unpark(first, Error::timed_out);
  EXPECT_EQ(inside.priority, 5);
  core.leave(core.activations.at(inside.activation));
  core.leave(core.activations.at(inside.activation));
  Thread& second = drain();
  EXPECT_EQ(elsewhere.priority, 20) << "on the kernel side it might be the one";
  EXPECT_EQ(outside.priority, 5);
  core.unpark(second, Error::timed_out);
}

TEST_F(Loans, GoThroughChainsAndEndWithThem) {
  Thread& high = thread(20);
  Thread& middle = thread(10);
  Thread& low = thread(5);
  wait(middle, inner, low);
  EXPECT_EQ(low.priority, 10);
  wait(high, outer, middle);
  EXPECT_EQ(middle.priority, 20);
  EXPECT_EQ(low.priority, 20);
  EXPECT_EQ(Core::own_priority(low), 5);
  core.reprioritise(high, 15, ~u64{0});
  EXPECT_EQ(low.priority, 15);
  core.unpark(high, Error::cancelled);
  EXPECT_EQ(middle.priority, 10);
  EXPECT_EQ(low.priority, 10);
  core.unpark(middle, Error::cancelled);
  EXPECT_EQ(low.priority, 5);
}

TEST_F(Loans, TheBestIsWokenAndTheOthersLendToIt) {
  Thread& owner = thread(5);
  Thread& first = thread(10);
  Thread& best = thread(20);
  wait(first, outer, owner);
  wait(best, outer, owner);
  EXPECT_EQ(core.wake_word(outer, 1), 1u);
  EXPECT_EQ(best.state, ThreadState::ready);
  EXPECT_EQ(owner.priority, 5);
  EXPECT_EQ(first.lends_to, best.index);
}

TEST_F(Loans, EndWhereNoLockCanBeHeld) {
  Thread& owner = thread(5);
  Thread& high = thread(20);
  wait(high, outer, owner);
  core.forfeit(owner);
  EXPECT_EQ(owner.priority, 5);
  EXPECT_FALSE(owner.flags & flag_lent);
  EXPECT_EQ(high.state, ThreadState::parked);
  core.lend(owner, owner);
  EXPECT_EQ(owner.lends_to, 0u) << "a lock that names its own waiter";
}

}  // namespace
}  // namespace hinge::nucleus
