// links: nucleus/core/capabilities.cpp nucleus/core/check.cpp nucleus/core/check_calls.cpp nucleus/core/events.cpp nucleus/core/orphans.cpp
// links: nucleus/core/portals.cpp nucleus/core/slots.cpp nucleus/core/threads.cpp nucleus/core/budgets.cpp nucleus/core/loans.cpp
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/small_core.hpp"

namespace hinge::nucleus {
namespace {

struct Slots : testing::Test {
  Slots() {
    name = *core.create_portal(a.index, a.index, PortalKind::message, 0, 1);
    portal = &core.portals.at(u32(core.entry(name).object));
  }
  ~Slots() override { EXPECT_STREQ(core.check(), nullptr); }
  Thread& inside() {
    Thread& t = **core.create_thread(b.index);
    core.give(*portal, *core.seek(*portal, t, 0, true)->fresh, 0);
    (void)core.enter(*portal, t, 0);
    return t;
  }

  std::unique_ptr<SmallCore> small = std::make_unique<SmallCore>();
  Core& core = small->core;
  Slot& a = small->add_slot("a");
  Slot& b = small->add_slot("b");
  Handle name;
  Portal* portal;
};

TEST_F(Slots, DomainsComeAndGoWithTheirSlots) {
  EXPECT_NE(a.domain, b.domain);
  u32 const left = b.domain;
  core.admit(a, false);
  core.admit(b, false);
  ASSERT_TRUE(core.place(b, Placement::user, a.domain));
  EXPECT_EQ(core.domains[a.domain].slots, 2u);
  EXPECT_FALSE(core.domains[left].live);
  ASSERT_TRUE(core.place(a, Placement::kernel, no_domain));
  EXPECT_EQ(a.domain, kernel_domain);
  EXPECT_EQ(core.domains[b.domain].slots, 1u);
  ASSERT_TRUE(core.place(a, Placement::none, no_domain));
  EXPECT_EQ(a.state, SlotState::empty);
}

TEST_F(Slots, APlacementThatFailsChangesNothing) {
  u32 const domain = a.domain;
  EXPECT_EQ(core.place(a, Placement::kernel, no_domain).error(), Error::busy) << "it admits callers";
  core.admit(a, false);
  for (u32 with : {u32(kernel_domain), 60u, 1000u}) EXPECT_EQ(core.place(a, Placement::user, with).error(), Error::invalid);
  small->kill(b.domain);
  EXPECT_EQ(core.place(a, Placement::user, b.domain).error(), Error::invalid);
  EXPECT_EQ(a.domain, domain);
  EXPECT_EQ(a.state, SlotState::running);
  core.admit(a, true);
  Thread& t = inside();
  core.admit(a, false);
  EXPECT_EQ(core.place(a, Placement::kernel, no_domain).error(), Error::busy);
  Activation& here = core.activations.at(t.activation);
  core.leave(here);
  core.give(*portal, here, 0);
  EXPECT_TRUE(core.place(a, Placement::kernel, no_domain));
}

TEST_F(Slots, PortalsAreShutWhileTheirSlotMoves) {
  core.domains[a.domain].root = 0x1000;
  core.reopen(a.index);
  EXPECT_EQ(portal->open_root, 0x1000u);
  core.admit(a, false);
  EXPECT_EQ(portal->open_root, 0u);
  ASSERT_TRUE(core.place(a, Placement::kernel, no_domain));
  EXPECT_EQ(portal->open_root, 0u);
  core.reopen(a.index);
  EXPECT_EQ(portal->open_root, 0u);
  core.admit(a, true);
  Thread& t = **core.create_thread(b.index);
  EXPECT_EQ(core.enter(*portal, t, 0).error(), Error::not_present);
}

TEST_F(Slots, TheDeathOfADomainReachesThoseInsideAndThoseQueued) {
  Thread& sleeper = inside();
  core.park_on_word(sleeper, 0x40, no_deadline);
  Thread& queued = **core.create_thread(b.index);
  ASSERT_EQ(core.seek(*portal, queued, 0, true)->way, Core::Way::queued);
  small->kill(a.domain);
  EXPECT_STREQ(core.check(), nullptr);
  EXPECT_EQ(sleeper.wake_reason, Error::peer_died);
  EXPECT_EQ(queued.wake_reason, Error::peer_died);
  Activation& dead = core.activations.at(sleeper.activation);
  EXPECT_TRUE(dead.dead);
  EXPECT_EQ(core.enter(*portal, queued, 0).error(), Error::peer_died);

  EXPECT_EQ(core.clear_dead(a, 8).error(), Error::busy) << "somebody has not left it yet";
  core.leave(dead);
  EXPECT_EQ(core.clear_dead(a, 8).error(), Error::busy) << "its activation is in nobody's pool yet";
  core.give(*portal, dead, 0);
  EXPECT_EQ(core.place(a, Placement::user, no_domain).error(), Error::peer_died);
}

TEST_F(Slots, AWatchedSlotKeepsItsCallersUntilItIsBackOrAbandoned) {
  // As placement names it: beyond the life of its slot.
  portal = &core.portals.at(u32(core.entry(*core.create_portal(b.index, a.index, PortalKind::message, 0, 1)).object));
  Event& event = core.events.at(u32(core.entry(*core.create_event(b.index)).object));
  core.watch(a, &event);
  Thread& sleeper = inside();
  core.park_on_word(sleeper, 0x40, no_deadline);
  small->kill(a.domain);
  EXPECT_STREQ(core.check(), nullptr);
  EXPECT_EQ(event.count, 1u);
  EXPECT_EQ(core.how_calls_end(a), Error::peer_restarts);
  Thread& queued = **core.create_thread(b.index);
  EXPECT_EQ(core.enter(*portal, queued, 0).error(), Error::busy);
  ASSERT_EQ(core.seek(*portal, queued, 0, true)->way, Core::Way::queued);

  Activation& dead = core.activations.at(sleeper.activation);
  core.leave(dead);
  core.give(*portal, dead, 0);
  for (int i = 0; i < 8; ++i)
    if (*core.clear_dead(a, 8)) break;
  EXPECT_EQ(portal->created, 0u);
  EXPECT_EQ(fake_machine.activations_freed, 1u);
  EXPECT_STREQ(core.check(), nullptr);
  ASSERT_TRUE(core.place(a, Placement::user, no_domain));
  EXPECT_EQ(queued.state, ThreadState::parked) << "it is placed, but not started";
  core.admit_only(*portal);
  EXPECT_EQ(queued.wake_reason, Error::none);
  core.admit(a, true);

  small->kill(a.domain);
  Thread& last = **core.create_thread(b.index);
  ASSERT_EQ(core.seek(*portal, last, 0, true)->way, Core::Way::queued);
  core.watch(a, nullptr);
  EXPECT_EQ(last.wake_reason, Error::peer_died);
  EXPECT_EQ(core.how_calls_end(a), Error::peer_died);
  EXPECT_STREQ(core.check(), nullptr);
}

TEST_F(Slots, WhoseDomainDiedOnItsWayToAQueueDoesNotWaitThere) {
  Thread& t = inside();
  Portal& next = core.portals.at(u32(core.entry(*core.create_portal(b.index, b.index, PortalKind::message, 0, 1)).object));
  core.admit(b, false);
  EXPECT_EQ(core.enter(next, t, 0).error(), Error::busy);
  small->kill(a.domain);
  EXPECT_EQ(core.seek(next, t, 0, true).error(), Error::peer_died);
  EXPECT_NE(t.state, ThreadState::parked);
}

TEST_F(Slots, ASlotThatIsPlacedNowhereSendsItsCallersAway) {
  Thread& queued = **core.create_thread(b.index);
  core.admit(a, false);
  ASSERT_EQ(core.seek(*portal, queued, 0, true)->way, Core::Way::queued);
  ASSERT_TRUE(core.place(a, Placement::none, no_domain));
  EXPECT_EQ(queued.wake_reason, Error::peer_died);
}

}  // namespace
}  // namespace hinge::nucleus
