// links: nucleus/core/capabilities.cpp nucleus/core/check.cpp nucleus/core/check_calls.cpp nucleus/core/events.cpp nucleus/core/orphans.cpp
// links: nucleus/core/portals.cpp nucleus/core/slots.cpp nucleus/core/threads.cpp nucleus/core/budgets.cpp nucleus/core/loans.cpp
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/small_core.hpp"

namespace hinge::nucleus {
namespace {

struct Capabilities : testing::Test {
  Capabilities() {
    first = small->add_slot("first").index;
    second = small->add_slot("second").index;
    object = *core.insert(first, Kind::object, 7, 0, Right::read | Right::write | Right::map, 0);
  }
  ~Capabilities() override { EXPECT_STREQ(core.check(), nullptr); }

  std::unique_ptr<SmallCore> small = std::make_unique<SmallCore>();
  Core& core = small->core;
  u32 first, second;
  Handle object;
};

TEST_F(Capabilities, HandlesThatWereMadeUpAreRefused) {
  for (Handle h : {Handle{0}, make_handle(first, 0), make_handle(first, 2), make_handle(first, 0xff'ffff), make_handle(second, 1),
                   make_handle(40, 1), make_handle(255, 0xff'ffff), Handle{~0u}}) {
    EXPECT_EQ(core.mint(h, first, Right::none, 0).error(), Error::bad_handle);
    EXPECT_EQ(core.remove(h).error(), Error::bad_handle);
    EXPECT_EQ(core.revoke(h, 8).error(), Error::bad_handle);
    EXPECT_EQ(core.look_up(h, Kind::object, Right::none).error(), Error::bad_handle);
  }
}

TEST_F(Capabilities, RightsOnlyShrink) {
  Handle const reader = *core.mint(object, second, Right::read, 0);
  EXPECT_TRUE(core.look_up(reader, Kind::object, Right::read));
  EXPECT_EQ(core.look_up(reader, Kind::object, Right::write).error(), Error::no_rights);
  EXPECT_EQ(core.look_up(reader, Kind::event, Right::read).error(), Error::bad_handle);
  EXPECT_EQ(core.mint(reader, second, Right::read | Right::write, 0).error(), Error::no_rights);
}

TEST_F(Capabilities, RevokeTakesAllDescendantsInSteps) {
  Handle parent = object;
  for (int i = 0; i < 5; ++i) parent = *core.mint(parent, i % 2 ? first : second, Right::read, 0);
  EXPECT_EQ(fake_machine.references, 6);
  EXPECT_FALSE(*core.revoke(object, 2));
  EXPECT_STREQ(core.check(), nullptr);
  EXPECT_EQ(fake_machine.references, 4);
  EXPECT_TRUE(*core.revoke(object, 8));
  EXPECT_EQ(fake_machine.references, 1);
  EXPECT_TRUE(core.look_up(object, Kind::object, Right::read));
}

TEST_F(Capabilities, TheChildrenOfADeletedEntryAreItsParents) {
  Handle const middle = *core.mint(object, second, Right::read, 0);
  Handle const leaves[] = {*core.mint(middle, first, Right::read, 0), *core.mint(middle, first, Right::read, 0)};
  ASSERT_TRUE(core.remove(middle));
  EXPECT_STREQ(core.check(), nullptr);
  for (Handle leaf : leaves) EXPECT_EQ(core.entry(leaf).parent, object);
  EXPECT_TRUE(*core.revoke(object, 8));
  for (Handle leaf : leaves) EXPECT_FALSE(core.look_up(leaf, Kind::object, Right::none));
}

TEST_F(Capabilities, ATableThatIsBeingClearedCanGrow) {
  for (int i = 0; i < 4; ++i) (void)core.mint(object, second, Right::read, 0);
  EXPECT_FALSE(core.clear_table(second, 2));
  Handle const late = *core.mint(object, second, Right::read, 0);
  EXPECT_TRUE(core.look_up(late, Kind::object, Right::read));
  EXPECT_STREQ(core.check(), nullptr);
  for (int i = 0; i < 8 && !core.clear_table(second, 2); ++i) EXPECT_STREQ(core.check(), nullptr);
  EXPECT_EQ(core.slots[second].table.live, 0u);
  EXPECT_EQ(fake_machine.references, 1);
}

TEST_F(Capabilities, TablesAndMemoryEnd) {
  while (core.mint(object, second, Right::read, 0)) {}
  EXPECT_EQ(core.mint(object, second, Right::read, 0).error(), Error::quota);
  fake_machine.has_memory = false;
  EXPECT_EQ(core.mint(object, first, Right::read, 0).error(), Error::no_memory);
  EXPECT_EQ(core.create_event(first).error(), Error::no_memory);
  EXPECT_EQ(core.events.live(), 0u);
}

TEST_F(Capabilities, RootsNarrow) {
  Handle const ports = *core.insert(first, Kind::ports, 0, 0, Right::read, 0x60 | u64{0x6f} << 16);
  EXPECT_TRUE(core.mint(ports, first, Right::read, 0x64 | u64{0x64} << 16));
  EXPECT_EQ(core.mint(ports, first, Right::read, 0x64 | u64{0x70} << 16).error(), Error::invalid);
  EXPECT_EQ(core.mint(ports, first, Right::read, 0x66 | u64{0x64} << 16).error(), Error::invalid);
  Handle const frames = *core.insert(first, Kind::physical, 0, 0, Right::map, 100 | u64{10} << 32);
  EXPECT_TRUE(core.mint(frames, second, Right::map, 109 | u64{1} << 32));
  EXPECT_EQ(core.mint(frames, second, Right::map, 109 | u64{2} << 32).error(), Error::invalid);
  EXPECT_EQ(core.mint(frames, second, Right::map, 105 | u64{0xffff'ffff} << 32).error(), Error::invalid);
  Handle const all = *core.insert(first, Kind::interrupts, 0, 0, Right::control, 0);
  Handle const keyboard = *core.mint(all, second, Right::control, 1);
  EXPECT_EQ(core.entry(keyboard).kind, Kind::interrupt);
  EXPECT_EQ(core.entry(keyboard).object, 1u);
}

TEST_F(Capabilities, ABadgeIsSetOnce) {
  Handle const portal = *core.create_portal(first, first, PortalKind::message, 0, 1);
  Handle const badged = *core.mint(portal, second, Right::call, 5);
  EXPECT_EQ(core.entry(badged).badge, 5u);
  EXPECT_EQ(core.mint(badged, second, Right::call, 6).error(), Error::no_rights);
  EXPECT_EQ(core.entry(*core.mint(badged, second, Right::call, 0)).badge, 5u);
}

}  // namespace
}  // namespace hinge::nucleus
