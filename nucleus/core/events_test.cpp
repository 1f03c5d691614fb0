// links: nucleus/core/capabilities.cpp nucleus/core/check.cpp nucleus/core/check_calls.cpp nucleus/core/events.cpp nucleus/core/orphans.cpp
// links: nucleus/core/portals.cpp nucleus/core/slots.cpp nucleus/core/threads.cpp nucleus/core/budgets.cpp nucleus/core/loans.cpp
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/small_core.hpp"

namespace hinge::nucleus {
namespace {

struct Events : testing::Test {
  Events() {
    slot = small->add_slot("slot").index;
    handle = *core.create_event(slot);
    event = &core.events.at(u32(core.entry(handle).object));
  }
  ~Events() override { EXPECT_STREQ(core.check(), nullptr); }
  Thread& thread() { return **core.create_thread(slot); }

  std::unique_ptr<SmallCore> small = std::make_unique<SmallCore>();
  Core& core = small->core;
  u32 slot;
  Handle handle;
  Event* event;
};

TEST_F(Events, ParksUntilTheCountHasPassedWhatWasSeen) {
  Thread& t = thread();
  core.signal(*event);
  EXPECT_FALSE(core.park(t, *event, 0, no_deadline));
  EXPECT_TRUE(core.park(t, *event, 1, no_deadline));
  core.signal(*event);
  EXPECT_EQ(t.state, ThreadState::ready);
  EXPECT_EQ(t.wake_reason, Error::none);
}

TEST_F(Events, ParksForAWakeUpThatIsAnnounced) {
  Thread& t = thread();
  EXPECT_TRUE(core.park(t, *event, 1, no_deadline));
  core.signal(*event);
  EXPECT_EQ(t.state, ThreadState::ready);
}

TEST_F(Events, ASignalWakesEverybody) {
  Thread& a = thread();
  Thread& b = thread();
  core.park(a, *event, 0, no_deadline);
  core.park(b, *event, 0, 50);
  core.signal(*event);
  EXPECT_EQ(a.state, ThreadState::ready);
  EXPECT_EQ(b.state, ThreadState::ready);
  EXPECT_EQ(b.deadline_ns, no_deadline);
}

TEST_F(Events, DeadlinesEndWaits) {
  Thread& a = thread();
  Thread& b = thread();
  core.park(a, *event, 0, 100);
  core.park_on_word(b, 0x1000, 200);
  EXPECT_EQ(fake_machine.armed_ns, 100u);
  EXPECT_EQ(core.expire(99), 100u);
  EXPECT_EQ(core.expire(150), 200u);
  EXPECT_EQ(a.wake_reason, Error::timed_out);
  EXPECT_EQ(b.state, ThreadState::parked);
  EXPECT_EQ(core.expire(200), no_deadline);
  EXPECT_EQ(b.state, ThreadState::ready);
  EXPECT_EQ(core.wake_word(0x1000, 9), 0u);
}

TEST_F(Events, WordsInOneBucketAreKeptApart) {
  u64 const one = 0x1000, other = one + 64 * 4;
  Thread& a = thread();
  Thread& b = thread();
  core.park_on_word(a, one, no_deadline);
  core.park_on_word(b, other, no_deadline);
  EXPECT_EQ(core.wake_word(other, 9), 1u);
  EXPECT_EQ(a.state, ThreadState::parked);
  EXPECT_EQ(b.state, ThreadState::ready);
  EXPECT_EQ(core.wake_word(one, 1), 1u);
}

TEST_F(Events, MissedPeriodsCountOnceAndKeepTheirPhase) {
  u64 const period = 10 * shortest_period_ns;
  core.set_timer(*event, 5, period);
  EXPECT_EQ(core.expire(5 + 3 * period + 1), 5 + 4 * period);
  EXPECT_EQ(event->count, 1u);
  core.set_timer(*event, no_deadline, 0);
  EXPECT_EQ(core.expire(no_deadline - 1), no_deadline);
  EXPECT_EQ(event->count, 1u);
}

TEST_F(Events, PeriodsHaveAFloorAndDoNotWrap) {
  core.set_timer(*event, 5, 1);
  EXPECT_EQ(core.expire(5), 5 + shortest_period_ns);
  core.set_timer(*event, 10, no_deadline - 3);
  EXPECT_EQ(core.expire(100), no_deadline);
}

TEST_F(Events, SleepersLearnThatTheirEventDied) {
  Thread& t = thread();
  core.park(t, *event, 0, 70);
  core.set_timer(*event, 90, 0);
  ASSERT_TRUE(core.remove(handle));
  EXPECT_EQ(t.wake_reason, Error::peer_died);
  EXPECT_EQ(core.events.live(), 0u);
  EXPECT_EQ(core.expire(100), no_deadline);
}

TEST_F(Events, AWorkerOutlivesNeitherEventNorPortal) {
  Handle const name = *core.create_portal(slot, slot, PortalKind::message, 0, 1);
  Portal& portal = core.portals.at(u32(core.entry(name).object));
  Thread& worker = thread();
  ASSERT_TRUE(core.bind(*event, portal, worker));
  EXPECT_EQ(core.bind(*event, portal, thread()).error(), Error::busy);
  core.park(worker, *event, 0, no_deadline);
  ASSERT_TRUE(core.remove(name));
  EXPECT_TRUE(portal.live);
  ASSERT_TRUE(core.remove(handle));
  EXPECT_EQ(worker.worker_event, 0u);
  EXPECT_EQ(worker.state, ThreadState::ready);
  ASSERT_EQ(core.pick(0), &worker);
  core.end_thread(worker);
  EXPECT_EQ(core.portals.live(), 0u);
}

}  // namespace
}  // namespace hinge::nucleus
