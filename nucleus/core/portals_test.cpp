// links: nucleus/core/capabilities.cpp nucleus/core/check.cpp nucleus/core/check_calls.cpp nucleus/core/events.cpp nucleus/core/orphans.cpp
// links: nucleus/core/portals.cpp nucleus/core/slots.cpp nucleus/core/threads.cpp nucleus/core/budgets.cpp nucleus/core/loans.cpp
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/small_core.hpp"

namespace hinge::nucleus {
namespace {

struct Portals : testing::Test {
  Portals() {
    slot = &small->add_slot("slot");
    name = *core.create_portal(slot->index, slot->index, PortalKind::message, 0, 2);
    portal = &core.portals.at(u32(core.entry(name).object));
  }
  ~Portals() override { EXPECT_STREQ(core.check(), nullptr); }
  Thread& thread(u8 priority = 8) {
    Thread& t = **core.create_thread(slot->index);
    t.priority = priority;
    return t;
  }
  Core::Way seek(Thread& t, u32 cpu = 0) { return core.seek(*portal, t, cpu, true)->way; }
  /// As acquire does it, when there is room.
  Activation& enter(Thread& t, u32 cpu = 0) {
    auto const step = *core.seek(*portal, t, cpu, true);
    if (step.fresh) core.give(*portal, *step.fresh, cpu);
    return **core.enter(*portal, t, cpu);
  }

  /// As callers do it, with a portal of their own that goes again, while `inside` is inside or not.
  Activation& come_and_go(Thread& inside, bool leaves) {
    Handle const h = *core.create_portal(slot->index, slot->index, PortalKind::message, 0, 2);
    Portal& own = core.portals.at(u32(core.entry(h).object));
    auto const step = *core.seek(own, inside, 0, true);
    core.give(own, *step.fresh, 0);
    Activation& a = **core.enter(own, inside, 0);
    if (leaves) core.leave(a), core.give(own, a, 1);
    EXPECT_TRUE(core.remove(h));
    return a;
  }

  std::unique_ptr<SmallCore> small = std::make_unique<SmallCore>(2);
  Core& core = small->core;
  Slot* slot;
  Handle name;
  Portal* portal;
};

TEST_F(Portals, ACallGoesInAndComesBack) {
  Thread& t = thread();
  EXPECT_EQ(core.enter(*portal, t, 0).error(), Error::would_block);
  Activation& a = enter(t);
  EXPECT_EQ(t.activation, a.index);
  EXPECT_EQ(a.domain, slot->domain);
  EXPECT_EQ(core.inside(*slot), 1u);
  core.leave(a);
  EXPECT_EQ(t.activation, t.base);
  core.give(*portal, a, 0);
  EXPECT_EQ(core.inside(*slot), 0u);
}

TEST_F(Portals, CallersQueueByPriorityAndTheFirstIsServed) {
  Thread& inside = thread();
  enter(inside);
  Activation& a = enter(inside);
  Thread& low = thread(4);
  Thread& high = thread(9);
  EXPECT_EQ(seek(low), Core::Way::queued);
  EXPECT_EQ(seek(high), Core::Way::queued);
  EXPECT_EQ(portal->waiting, high.index);
  core.reprioritise(low, 20, ~u64{0});
  EXPECT_EQ(portal->waiting, low.index);
  core.leave(a);
  core.share(*portal, a);
  EXPECT_EQ(low.state, ThreadState::ready);
  EXPECT_EQ(high.state, ThreadState::parked);
  EXPECT_EQ(seek(low, 1), Core::Way::retry);
  EXPECT_TRUE(core.enter(*portal, low, 1));
}

TEST_F(Portals, ACpuDonatesOneForEachThatWaits) {
  Thread& inside = thread();
  Activation* both[] = {&enter(inside), &enter(inside)};
  Thread& a = thread();
  Thread& b = thread();
  EXPECT_EQ(seek(a, 1), Core::Way::queued);
  EXPECT_EQ(seek(b, 1), Core::Way::queued);
  for (int i = 1; i >= 0; --i) {
    core.leave(*both[i]);
    core.give(*portal, *both[i], 0);
  }
  core.donate(1);
  EXPECT_EQ(a.state, ThreadState::parked);
  core.donate(0);
  EXPECT_EQ(a.state, ThreadState::ready);
  EXPECT_EQ(b.state, ThreadState::ready);
}

TEST_F(Portals, AdmissionWakesAllWhoWaitForIt) {
  core.admit(*slot, false);
  Thread& a = thread();
  Thread& b = thread();
  EXPECT_EQ(core.enter(*portal, a, 0).error(), Error::busy);
  EXPECT_EQ(seek(a), Core::Way::queued);
  EXPECT_EQ(seek(b), Core::Way::queued);
  EXPECT_EQ(core.admit(*slot, true), 2u);
  EXPECT_EQ(a.state, ThreadState::ready);
  EXPECT_EQ(b.state, ThreadState::ready);
}

TEST_F(Portals, AdmissionIsTheSlotsAndPortalsMadeMeanwhileAreShutToo) {
  core.admit(*slot, false);
  Handle const later = *core.create_portal(slot->index, slot->index, PortalKind::message, 0, 1);
  Portal& second = core.portals.at(u32(core.entry(later).object));
  Thread& a = thread();
  EXPECT_EQ(core.enter(second, a, 0).error(), Error::busy);
  EXPECT_TRUE(*core.await_admission(second, a));
  core.admit(*slot, true);
  EXPECT_EQ(a.state, ThreadState::ready);
  EXPECT_FALSE(*core.await_admission(second, a));
}

TEST_F(Portals, OnTheKernelSideCallersAreCounted) {
  core.admit(*slot, false);
  ASSERT_TRUE(core.place(*slot, Placement::kernel, no_domain));
  EXPECT_EQ(core.enter_directly(*portal).error(), Error::busy);
  core.admit(*slot, true);
  ASSERT_TRUE(core.enter_directly(*portal));
  EXPECT_EQ(core.inside(*slot), 1u);
  core.admit(*slot, false);
  EXPECT_EQ(core.place(*slot, Placement::user, no_domain).error(), Error::busy);
  core.leave_directly(*portal);
  ASSERT_TRUE(core.place(*slot, Placement::user, no_domain));
  core.admit(*slot, true);
  EXPECT_EQ(core.enter_directly(*portal).error(), Error::not_present) << "it moved: decide anew";
}

TEST_F(Portals, WhoWaitedForAnActivationThatCouldNotBeEquippedTriesAgain) {
  Thread& a = thread();
  Thread& b = thread();
  Thread& c = thread();
  Activation& one = *core.seek(*portal, a, 0, true)->fresh;
  Activation& two = *core.seek(*portal, b, 1, true)->fresh;
  EXPECT_EQ(seek(c), Core::Way::queued);
  core.withdraw(*portal, one);
  EXPECT_EQ(c.state, ThreadState::ready);
  core.withdraw(*portal, two);
  EXPECT_EQ(portal->created, 0u);
  EXPECT_EQ(core.seek(*portal, a, 0, false).error(), Error::quota);
}

TEST_F(Portals, ANamelessPortalLetsNobodyInAndEverybodyOut) {
  Thread& inside = thread();
  Activation& a = enter(inside);
  Thread& waiting = thread();
  core.admit(*slot, false);
  EXPECT_EQ(seek(waiting), Core::Way::queued);
  ASSERT_TRUE(core.remove(name));
  EXPECT_EQ(waiting.wake_reason, Error::peer_died);
  EXPECT_EQ(core.seek(*portal, waiting, 0, true).error(), Error::peer_died);
  core.leave(a);
  core.give(*portal, a, 0);
  EXPECT_FALSE(core.enter(*portal, waiting, 0));
}

TEST_F(Portals, GrantsLieInTheCallersDomainOrInWhatItWasGranted) {
  Slot& other = small->add_slot("other");
  Thread& t = thread();
  Activation& caller = enter(t);
  Activation& callee = enter(t);
  u64 const own = layout::slot_base(slot->index - 1), foreign = layout::slot_base(other.index - 1);
  u64 const good[] = {own + 64, 100 | u64{1} << 32};
  ASSERT_TRUE(core.grant(callee, caller, false, good, 1));
  EXPECT_TRUE(core.granted(callee, own + 64, 100, true));
  EXPECT_FALSE(core.granted(callee, own + 64, 101, false));
  EXPECT_FALSE(core.granted(callee, own + 63, 1, false));
  u64 const stolen[] = {foreign, 1}, outside[] = {layout::slot_base(layout::slot_count) - 1, 2}, odd[] = {own, u64{2} << 32};
  EXPECT_EQ(core.grant(callee, caller, false, stolen, 1).error(), Error::no_rights);
  EXPECT_TRUE(core.grant(callee, caller, true, stolen, 1));
  EXPECT_EQ(core.grant(callee, caller, false, outside, 1).error(), Error::bad_address);
  EXPECT_EQ(core.grant(callee, caller, true, odd, 1).error(), Error::invalid);
}

TEST_F(Portals, PortalsThatGoLeaveTheirActivationsToTheNext) {
  Thread& t = thread();
  for (int i = 0; i < 100; ++i) {
    (void)come_and_go(t, true);
    core.collect(8);
    ASSERT_STREQ(core.check(), nullptr);
  }
  EXPECT_EQ(core.portals.live(), 1u);
  EXPECT_EQ(core.activations.live(), 2u);  // the thread's base, and a spare
  EXPECT_EQ(fake_machine.activations_freed, 0u);
}

TEST_F(Portals, APortalWithACallInsideGoesWhenThatHasEnded) {
  Thread& t = thread();
  Activation& a = come_and_go(t, false);
  Portal& own = core.portals.at(a.portal);
  core.collect(8);
  EXPECT_EQ(core.portals.live(), 2u);
  EXPECT_EQ(core.seek(own, thread(), 0, true).error(), Error::peer_died);
  core.leave(a);
  core.give(own, a, 0);
  core.collect(1);  // the activation, and no more
  EXPECT_EQ(core.portals.live(), 2u);
  core.collect(8);
  EXPECT_EQ(core.portals.live(), 1u);
}

TEST_F(Portals, ASlotHasNoMoreThanItsShare) {
  slot->portal_count = portals_of_slot;
  EXPECT_EQ(core.create_portal(slot->index, slot->index, PortalKind::message, 0, 2).error(), Error::quota);
  slot->portal_count = 1;
}

}  // namespace
}  // namespace hinge::nucleus
