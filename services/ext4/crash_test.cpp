// The service dies in the middle of requests of several threads, again while it comes back, and the driver below it too:
// nothing is lost and nothing is done twice. And the power fails on top of that.
// links: services/ext4/*.cpp
// links: host/vault.cpp host/undo_log.cpp host/heap.cpp host/lock_rank.cpp host/message.cpp
// links: tests/ext4/image.cpp tests/ext4/walk.cpp tests/ext4/writable.cpp tests/ext4/model.cpp tests/ext4/turns.cpp tests/ext4/mortal.cpp
// links: tests/support/fake_host.cpp base/format.cpp
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "tests/ext4/model.hpp"
#include "tests/ext4/mortal.hpp"

namespace hinge::test {
namespace {

namespace fs = std::filesystem;

/// HINGE_SEEDS=FIRST-LAST in place of the usual ones, for long runs and to see one again.
std::pair<u64, u64> seeds(u64 first, u64 last) {
  if (char const* const asked = std::getenv("HINGE_SEEDS")) {
    char* end;
    first = std::strtoull(asked, &end, 10);
    last = *end ? std::strtoull(end + 1, nullptr, 10) : first;
  }
  return {first, last};
}

std::vector<u8> empty_image(TemporaryFolder const& folder, u64 seed) {
  fs::create_directories(folder / "root");
  return make_image(folder / "image", folder / "root", seed % 2 ? "-t ext4" : "-t ext4 -b 4096", "24M");
}

Picture seen(Writable& w) {
  Walk walk{w.port, w.caller};
  Picture picture = picture_of(walk.tree());
  EXPECT_EQ(walk.errors, 0u);
  return picture;
}

void expect_sound(std::vector<u8> const& image, TemporaryFolder const& folder, u64 seed) {
  std::string output;
  EXPECT_TRUE(is_sound(image, folder / "checked", output)) << "seed " << seed << ": " << output;
}

/// A thread of programs: what it does, in a folder of its own.
struct Worker {
  Worker(Mortal& mortal, u32 number, u64 seed, Attributes const& top)
      : player{client, seed, top.inode}, name{"/w" + std::to_string(number)} {
    client.port.connect(mortal);
    client.caller.thread = number;
  }
  void play(u64 seed, int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      ASSERT_TRUE(player.play()) << name << ": " << player.what() << ": " << to_string(player.error()) << ", seed " << seed;
      if (player.random()() % 12 == 0) ASSERT_TRUE(client.commit()) << "seed " << seed;
    }
  }
  void add_to(Picture& picture) const {
    for (auto const& [path, text] : picture_of(player.tree())) picture[name + path] = text;
  }

  Changes client;
  Player player;
  std::string name;
};

void play_among_deaths(u64 seed, u64& deaths) {
  TemporaryFolder const folder;
  Writable w{empty_image(folder, seed)};
  Mortal mortal{w, seed};
  ASSERT_TRUE(w.mount());
  std::vector<std::unique_ptr<Worker>> workers;
  for (u32 i = 1; i <= 4; ++i) workers.push_back(std::make_unique<Worker>(mortal, i + 1, seed * 10 + i, w.create(w.root(), "w" + std::to_string(i + 1), 040755).value()));
  for (int round = 0; round < 4; ++round) {
    mortal.live_dangerously(true);
    std::vector<std::function<void()>> parts;
    for (auto& worker : workers) parts.push_back([&] { worker->play(seed, 40); });
    Turns{seed * 100 + u64(round)}.run(parts);
    mortal.live_dangerously(false);
    if (testing::Test::HasFailure()) return;
    if (round % 2) w.restart();
    Picture expected = seen(w);
    std::erase_if(expected, [](auto const& e) { return e.first.starts_with("/w"); });
    for (auto const& worker : workers) worker->add_to(expected);
    ASSERT_EQ(difference(expected, seen(w)), "") << "seed " << seed << " round " << round;
  }
  ASSERT_TRUE(w.unmount());
  expect_sound(w.disk.now(), folder, seed);
  deaths += mortal.deaths();
}

TEST(Ext4Crash, NothingIsLostOrDoneTwice) {
  u64 deaths = 0;
  auto const [first, last] = seeds(1, 12);
  for (u64 seed = first; seed <= last && !HasFailure(); ++seed) play_among_deaths(seed, deaths);
  EXPECT_GE(deaths, (last - first) / 2);
}

/// What was committed is there after deaths and a power cut, whether the next mount or a life before it had replayed it.
void play_until_cut(u64 seed) {
  TemporaryFolder const folder;
  std::vector<u8> after;
  std::vector<Picture> allowed;
  {
    Writable w{empty_image(folder, seed)};
    Mortal mortal{w, seed};
    ASSERT_TRUE(w.mount());
    Changes client;
    client.port.connect(mortal);
    Player player{client, seed, true};
    allowed = {picture_of(player.tree())};
    mortal.live_dangerously(true);
    for (u64 steps = 50 + player.random()() % 250; steps > 0; --steps) {
      ASSERT_TRUE(player.play()) << player.what() << ": " << to_string(player.error()) << ", seed " << seed;
      allowed.push_back(picture_of(player.tree()));
      if (player.random()() % 10 != 0) continue;
      ASSERT_TRUE(client.commit());
      allowed = {allowed.back()};
    }
    after = w.disk.cut(player.random());
    w.power_off();
  }
  Writable w{after};
  ASSERT_TRUE(w.mount()) << "seed " << seed;
  expect_one_of(allowed, seen(w), seed);
  ASSERT_TRUE(w.unmount());
  expect_sound(w.disk.now(), folder, seed);
}

TEST(Ext4Crash, EqualPromisesOfOneRequestAreTwo) {
  TemporaryFolder const folder;
  Writable w{empty_image(folder, 1)};
  ASSERT_TRUE(w.mount());
  Caller caller = w.next();
  EXPECT_EQ(w.port.on(FileSystem::Reserve{1, 100, 1}, caller).value().promised, 100u);
  caller.reason = Reason::repeated;
  EXPECT_EQ(w.port.on(FileSystem::Reserve{1, 100, 2}, caller).value().promised, 200u) << "it never got here before";
  w.restart();
  EXPECT_EQ(w.port.on(FileSystem::Reserve{1, 100, 2}, caller).value().promised, 200u);
}

TEST(Ext4Crash, AReleaseIssuedAgainLeavesTheNextOwnerOfTheNumberAlone) {
  TemporaryFolder const folder;
  Writable w{empty_image(folder, 1)};
  ASSERT_TRUE(w.mount());
  auto const first = w.create(w.root(), "").value();
  ASSERT_TRUE(w.write(first.inode, 0, std::string(100'000, 'x')));
  Caller caller = w.next();
  ASSERT_TRUE(w.port.on(FileSystem::Release{first.inode}, caller));
  w.caller.thread = 2;
  auto const second = w.create(w.root(), "").value();
  ASSERT_EQ(second.inode, first.inode);
  w.restart();
  caller.reason = Reason::repeated;
  ASSERT_TRUE(w.port.on(FileSystem::Release{first.inode}, caller));
  EXPECT_TRUE(w.port.on(FileSystem::GetAttributes{second.inode}, w.caller));
  ASSERT_TRUE(w.link(second.inode, w.root(), "named"));
  ASSERT_TRUE(w.unmount());
  expect_sound(w.disk.now(), folder, 1);
}

TEST(Ext4Crash, WhatWasCommittedOutlivesDeathsAndAPowerCut) {
  auto const [first, last] = seeds(1, 12);
  for (u64 seed = first; seed <= last && !HasFailure(); ++seed) play_until_cut(seed);
}

}  // namespace
}  // namespace hinge::test
