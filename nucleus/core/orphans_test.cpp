// links: nucleus/core/capabilities.cpp nucleus/core/check.cpp nucleus/core/check_calls.cpp nucleus/core/events.cpp nucleus/core/orphans.cpp
// links: nucleus/core/portals.cpp nucleus/core/slots.cpp nucleus/core/threads.cpp nucleus/core/budgets.cpp nucleus/core/loans.cpp
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/small_core.hpp"

namespace hinge::nucleus {
namespace {

/// One thread inside a, from there inside b, from there inside c.
struct Orphans : testing::Test {
  Orphans() {
    for (Slot* s : {&a, &b, &c}) enter(*s);
  }
  ~Orphans() override { EXPECT_STREQ(core.check(), nullptr); }
  Activation& enter(Slot& s) {
    Portal& p = core.portals.at(u32(core.entry(*core.create_portal(s.index, s.index, PortalKind::message, 0, 1)).object));
    core.give(p, *core.seek(p, thread, 0, true)->fresh, 0);
    return **core.enter(p, thread, 0);
  }
  Activation& in(Slot& s) {
    for (u32 i = 1;; ++i)
      if (core.activations.at(i).slot == s.index && core.activations.at(i).portal) return core.activations.at(i);
  }
  Thread& orphan() { return core.threads.at(fake_machine.cuts[0].orphan); }

  std::unique_ptr<SmallCore> small = std::make_unique<SmallCore>();
  Core& core = small->core;
  Slot& a = small->add_slot("a");
  Slot& b = small->add_slot("b");
  Slot& c = small->add_slot("c");
  Thread& thread = **core.create_thread(0);
};

TEST_F(Orphans, ADeathInTheMiddleFreesThoseAboveAtOnce) {
  core.park_on_word(thread, 0x40, 5);
  small->kill(b.domain);
  EXPECT_EQ(thread.state, ThreadState::ready);
  EXPECT_EQ(thread.activation, in(b).index) << "which it leaves, being dead";
  EXPECT_EQ(fake_machine.cut_count, 1u);
  EXPECT_EQ(orphan().origin, thread.index);
  EXPECT_EQ(orphan().activation, in(c).index);
  EXPECT_EQ(orphan().state, ThreadState::ready);
  EXPECT_EQ(orphan().wake_reason, Error::cancelled) << "its wait had a bound";
  core.leave(in(b));
  EXPECT_EQ(core.clear_dead(b, 8).error(), Error::busy) << "its next life comes after what it had begun in others";
  core.leave(in(c));
  EXPECT_EQ(orphan().activation, orphan().base);
}

TEST_F(Orphans, ALockIsWaitedForAgain) {
  core.park_on_word(thread, 0x40, no_deadline);
  small->kill(a.domain);
  EXPECT_EQ(orphan().wake_reason, Error::none);
  EXPECT_TRUE(orphan().flags & flag_cancel) << "the next bounded wait hears of it";
  EXPECT_EQ(orphan().activation, in(c).index);
  EXPECT_EQ(in(b).caller, orphan().base);
}

TEST_F(Orphans, TwoDeathsMakeTwoOrphans) {
  core.make_ready(thread);
  small->kill(a.domain);
  small->kill(b.domain);
  ASSERT_EQ(fake_machine.cut_count, 2u);
  EXPECT_EQ(core.threads.at(fake_machine.cuts[1].orphan).activation, in(c).index);
  EXPECT_EQ(core.threads.at(fake_machine.cuts[1].orphan).origin, thread.index);
}

TEST_F(Orphans, OneThatRunsIsCutOnItsOwnProcessor) {
  core.make_ready(thread);
  (core.processors[0].running = core.pick(0))->state = ThreadState::running;
  small->kill(b.domain);
  EXPECT_EQ(fake_machine.cut_count, 0u);
  EXPECT_TRUE(thread.flags & flag_cut);
  core.settle_running(thread, 0);
  EXPECT_EQ(core.processors[0].running, &orphan()) << "what runs is the part below";
  EXPECT_EQ(thread.state, ThreadState::ready);
}

TEST_F(Orphans, ADeadlineDetachesTheCallThatHasIt) {
  core.set_deadline(in(b), 7);
  core.set_deadline(in(c), 9);
  core.make_ready(thread);
  EXPECT_EQ(core.expire(6), 7u);
  EXPECT_EQ(fake_machine.cut_count, 0u);
  core.expire(7);
  EXPECT_EQ(thread.activation, in(a).index);
  EXPECT_EQ(thread.wake_reason, Error::timed_out);
  EXPECT_EQ(orphan().activation, in(c).index);
  EXPECT_EQ(in(b).caller, orphan().base) << "its own call was not late: it is answered";
}

TEST_F(Orphans, ADeadlineIsInherited) {
  core.leave(in(c));
  core.set_deadline(in(b), 7);
  Activation& deeper = enter(c);
  EXPECT_EQ(deeper.deadline_ns, 7u);
  core.set_deadline(deeper, 8);
  EXPECT_FALSE(deeper.timed) << "the earlier of both counts";
  core.clear_deadline(deeper);
  core.leave(deeper);
}

TEST_F(Orphans, GrantsFromAboveAreRevokedAndOwnOnesStay) {
  u64 const above = layout::slot_base(0), own = layout::slot_base(b.index - 1);
  in(b).grants[0] = {above, 100, 1};
  in(c).grants[0] = {above + 50, 50, 0};
  in(c).grants[1] = {own, 10, 1};
  core.make_ready(thread);
  small->kill(a.domain);
  EXPECT_FALSE(core.granted(in(b), above, 1, false));
  EXPECT_FALSE(core.granted(in(c), above + 50, 1, false));
  EXPECT_TRUE(core.granted(in(c), own, 10, true));
}

TEST_F(Orphans, WithoutAThreadToSpareTheCutComesLater) {
  std::vector<Thread*> all;
  while (auto t = core.create_thread(0)) all.push_back(*t);
  core.make_ready(thread);
  small->kill(b.domain);
  EXPECT_EQ(fake_machine.cut_count, 0u);
  EXPECT_TRUE(thread.flags & flag_cut);
  for (Thread* t : all) core.end_thread(*t);
  core.settle(thread, 0);
  EXPECT_EQ(fake_machine.cut_count, 1u);
}

}  // namespace
}  // namespace hinge::nucleus
