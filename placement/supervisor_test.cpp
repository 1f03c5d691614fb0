// links: placement/supervisor.cpp placement/boot_files.cpp placement/image_view.cpp placement/elf_image.cpp base/cpio.cpp
// links: host/lock_rank.cpp base/format.cpp tests/support/fake_host.cpp
// When services come back, and when not: conditions, counts, back-off, who comes back together. How they do is replaced
// here (Supervisor::revive and cut_off_devices); the nucleus is what the fake host records, its clock moves by sleeping.
#include "placement/supervisor.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "placement/devices.hpp"
#include "tests/support/fake_host.hpp"

namespace hinge::placement {
namespace {

using native::Number;
constexpr u64 ms = 1'000'000;
constexpr u32 running = 1, died = 2, services = 4;

struct World {
  struct State { u32 state = running; Death death = Death::none; bool watched = false; } slots[services];
  std::vector<std::string> revived, cut;
  std::function<bool(u32)> start = [](u32) { return true; };  ///< Whether a service survives its start.
  std::function<void()> sleeping = [] {};
  u64 now = 1'000 * ms;
};
std::unique_ptr<World> world;

i64 slot_info(u64 slot, u64 info, u64, u64, u64, u64) {
  auto& to = *reinterpret_cast<host::SlotInfo*>(info);
  to = {};
  to.state = world->slots[slot].state;
  to.death = world->slots[slot].death;
  return 0;
}
i64 slot_watch(u64 slot, u64 event, u64, u64, u64, u64) {
  world->slots[slot].watched = event != 0;
  return 0;
}
i64 slot_kill(u64 slot, u64 why, u64, u64, u64, u64) {
  world->slots[slot] = {died, Death(why), world->slots[slot].watched};
  return 0;
}
i64 event_wait(u64, u64, u64 deadline, u64, u64, u64) {
  world->now = std::max(world->now, deadline);
  world->sleeping();
  return -i64(Error::timed_out);
}

class SupervisorTest : public testing::Test {
 protected:
  void SetUp() override {
    world = std::make_unique<World>();
    fake_host::replace(Number::slot_info, slot_info);
    fake_host::replace(Number::slot_watch, slot_watch);
    fake_host::replace(Number::slot_kill, slot_kill);
    fake_host::replace(Number::event_wait, event_wait);
    fake_host::replace(Number::clock, [](u64, u64, u64, u64, u64, u64) -> i64 { return i64(world->now); });
    fake_host::replace(Number::portal_create, [](u64, u64, u64, u64, u64, u64) -> i64 { return 40; });
    fake_host::replace(Number::event_bind, [](u64, u64, u64, u64, u64, u64) -> i64 { return 0; });
    constexpr std::string_view names[services] = {"disk", "files", "screen", "stubborn"};
    for (u32 i = 0; i < services; ++i) {
      specs_[i].name = names[i];
      specs_[i].recovery = {.restarts = 3, .window_ns = 10'000 * ms, .backoff_ns = 100 * ms};
      all_[i].service = &specs_[i];
      all_[i].slot = Handle{i};
      all_[i].set_place(Placement::user, names[i]);
    }
    specs_[3].recovery = {};
    ASSERT_TRUE(supervisor_.start(all_, order_, nullptr, files_, served_));
  }

  void die(u32 service, Death why) { world->slots[service] = {died, why, true}; }
  /// What the nucleus' event does. Returns how long that took.
  u64 tell() {
    u64 const before = world->now;
    EXPECT_TRUE(supervisor_.on(Deaths::Died{1}, Caller{}));
    return world->now - before;
  }
  System::Details::Reply details(u32 service) {
    System::Details::Reply reply{};
    supervisor_.describe(service, reply);
    return reply;
  }

  Service specs_[services];
  Instance all_[services];
  u32 order_[services] = {0, 1, 2, 3};
  BootFiles files_;
  image::Provided served_{};
  ChangeLock change_;
  BooksLock books_;
  Supervisor supervisor_{change_, books_};
};

using Names = std::vector<std::string>;

TEST_F(SupervisorTest, WatchesThoseThatRestart) {
  EXPECT_TRUE(world->slots[0].watched);
  EXPECT_FALSE(world->slots[3].watched);
}

TEST_F(SupervisorTest, TheFirstDeathIsAnsweredAtOnceAndTheNextWaitLonger) {
  u64 waits[3];
  for (u64& wait : waits) {
    die(0, Death::fault);
    wait = tell();
  }
  EXPECT_EQ(world->revived, (Names{"disk", "disk", "disk"}));
  EXPECT_LT(waits[0], ms);
  EXPECT_GE(waits[1], 100 * ms);
  EXPECT_GE(waits[2], 200 * ms);
  EXPECT_EQ(details(0).deaths, 3u);
  EXPECT_EQ(details(0).recent_deaths, 3u);
  EXPECT_EQ(details(0).backoff_ns, 400 * ms);
}

TEST_F(SupervisorTest, TooManyDeathsInItsWindowAreTheEndOfIt) {
  for (u32 i = 0; i < 4; ++i) {
    die(0, Death::fault);
    tell();
  }
  EXPECT_EQ(world->revived.size(), 3u);
  EXPECT_EQ(world->slots[0].state, died);
  EXPECT_FALSE(world->slots[0].watched);
  EXPECT_EQ(world->cut, Names{"disk"});
  EXPECT_EQ(details(0).given_up, 1u);
}

TEST_F(SupervisorTest, OldDeathsAreForgiven) {
  for (u32 i = 0; i < 10; ++i) {
    die(0, Death::hang);
    EXPECT_LT(tell(), ms);
    world->now += 11'000 * ms;
  }
  EXPECT_EQ(world->revived.size(), 10u);
}

TEST_F(SupervisorTest, KillsSayNothingAboutAService) {
  for (u32 i = 0; i < 20; ++i) {
    ASSERT_TRUE(supervisor_.kill("disk"));
    EXPECT_LT(tell(), ms);
  }
  EXPECT_EQ(world->revived.size(), 20u);
  EXPECT_EQ(details(0).recent_deaths, 0u);
}

TEST_F(SupervisorTest, WhatTheManifestLeavesStaysDead) {
  specs_[0].recovery.leave = 1u << u32(Death::quota);
  die(0, Death::quota);
  tell();
  EXPECT_EQ(world->revived, Names{});
  EXPECT_EQ(world->cut, Names{"disk"});
}

TEST_F(SupervisorTest, ADomainComesBackAsAWholeServersFirst) {
  for (u32 i : {0u, 1u}) all_[i].set_place(Placement::user, "storage");
  die(0, Death::fault);
  die(1, Death::fault);
  tell();
  EXPECT_EQ(world->revived, (Names{"disk", "files"}));
}

TEST_F(SupervisorTest, ADomainWithAServiceThatDoesNotRestartStaysDead) {
  for (u32 i : {0u, 3u}) all_[i].set_place(Placement::user, "mixed");
  die(0, Death::fault);
  die(3, Death::fault);
  tell();
  EXPECT_EQ(world->revived, Names{});
  EXPECT_EQ(details(0).given_up, 1u);
}

TEST_F(SupervisorTest, ADeathInItsStartIsAnotherDeath) {
  u32 starts = 0;
  world->start = [&](u32) { return ++starts > 2; };
  die(0, Death::fault);
  EXPECT_GE(tell(), 300 * ms);
  EXPECT_EQ(starts, 3u);
  EXPECT_EQ(world->slots[0].state, running);
  EXPECT_EQ(details(0).deaths, 3u);
}

TEST_F(SupervisorTest, AStartThatDoesNotEndIsEnded) {
  u32 starts = 0;
  world->start = [&](u32 service) {
    if (++starts > 1) return true;
    world->slots[service].state = running;
    return false;
  };
  die(1, Death::fault);
  tell();
  EXPECT_EQ(world->revived, (Names{"files", "files"}));
  EXPECT_EQ(world->slots[1].state, running);
  EXPECT_EQ(details(1).deaths, 2u);
}

TEST_F(SupervisorTest, WhileOneWaitsOutItsBackOffAnotherComesBack) {
  for (u32 i = 0; i < 2; ++i) {
    die(0, Death::fault);
    tell();
  }
  world->revived.clear();
  die(0, Death::fault);
  u64 const began = world->now;
  u64 other_after = 0;
  world->sleeping = [&] {
    if (world->now - began < 20 * ms || other_after) return;
    die(2, Death::fault);
    other_after = world->now;
  };
  tell();
  EXPECT_EQ(world->revived, (Names{"screen", "disk"}));
}

TEST_F(SupervisorTest, ARestartReturnsWhenTheServiceRuns) {
  fake_host::replace(Number::slot_admit, [](u64, u64, u64, u64, u64, u64) -> i64 { return 0; });
  world->sleeping = [&] {
    world->sleeping = [] {};
    tell();
  };
  EXPECT_TRUE(supervisor_.restart("disk"));
  EXPECT_EQ(world->revived, Names{"disk"});
  EXPECT_EQ(supervisor_.restart("stubborn").error(), Error::not_supported);
  EXPECT_EQ(supervisor_.restart("nobody").error(), Error::not_found);
}

}  // namespace

Checked<> Supervisor::revive(Group const& group) {
  for (u32 i : group) {
    world->revived.emplace_back(all_[i].service->name);
    if (!world->start(i)) {
      return std::unexpected{Problem{all_[i].service->name, 0, {"dies in its start"}}};
    }
    world->slots[i].state = running;
  }
  return ok;
}

void cut_off_devices(Instance const& instance, std::span<Instance const>) { world->cut.emplace_back(instance.service->name); }

}  // namespace hinge::placement
