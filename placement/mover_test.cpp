// links: placement/mover.cpp placement/binder.cpp placement/devices.cpp placement/elf_image.cpp placement/image_view.cpp
// links: host/lock_rank.cpp base/format.cpp tests/support/fake_host.cpp
// A client, the server that moves, and a neighbour, all in test memory; the nucleus is what the fake host records.
#include "placement/mover.hpp"

#include <functional>

#include "placement/binder.hpp"
#include "tests/support/fake_host.hpp"
#include "tests/support/loaded_service.hpp"

namespace hinge::placement {
namespace {

using native::Number;
using test::Loaded;

/// What the nucleus was asked, and what it answers.
struct Nucleus {
  Loaded client{"client", 3}, server{"server", 4}, neighbour{"neighbour", 5};
  std::vector<std::string> asked;
  u64 inside = 0, waited = 0, now = 1000;
  Error placing = Error::none;
  u32 state = 1;
  std::function<void()> sleeping = [] {};

  Loaded& of(u64 slot) { return slot == 3 ? client : slot == 4 ? server : neighbour; }
};
std::unique_ptr<Nucleus> nucleus;

i64 slot_copy(u64 slot, u64 address, u64 own, u64 bytes, u64 write, u64) {
  Loaded& service = nucleus->of(slot);
  u8* const there = service.memory + (address - service.base);
  write ? std::memcpy(there, reinterpret_cast<void*>(own), bytes) : std::memcpy(reinterpret_cast<void*>(own), there, bytes);
  return 0;
}
i64 slot_admit(u64 slot, u64 yes, u64, u64 drain_until, u64, u64) {
  if (drain_until) {
    nucleus->now = drain_until;
    nucleus->sleeping();
    return i64(nucleus->inside);
  }
  nucleus->asked.push_back((yes ? "admit " : "stop ") + std::to_string(slot));
  return i64(yes ? nucleus->waited : nucleus->inside);
}
i64 slot_place(u64 slot, u64 side, u64 with, u64, u64, u64) {
  nucleus->asked.push_back("place " + std::to_string(slot) + (side == u64(Placement::kernel) ? " kernel" : " user") +
                           (with ? " with " + std::to_string(with) : ""));
  return -i64(nucleus->placing);
}
i64 slot_info(u64, u64 info, u64, u64, u64, u64) {
  auto& to = *reinterpret_cast<host::SlotInfo*>(info);
  to = {};
  to.state = nucleus->state;
  return 0;
}
i64 clock_now(u64, u64, u64, u64, u64, u64) { return i64(nucleus->now); }

class MoverTest : public testing::Test {
 protected:
  void SetUp() override {
    nucleus = std::make_unique<Nucleus>();
    fake_host::replace(Number::slot_copy, slot_copy);
    fake_host::replace(Number::slot_admit, slot_admit);
    fake_host::replace(Number::slot_place, slot_place);
    fake_host::replace(Number::slot_info, slot_info);
    fake_host::replace(Number::clock, clock_now);
    fake_host::replace(Number::cap_give, [](u64, u64, u64, u64, u64, u64) -> i64 { return 900; });
    fake_host::replace(Number::portal_create, [](u64, u64, u64, u64, u64, u64) -> i64 { return 40; });
    (void)nucleus->client.spec.calls.add({"server", "peer", 7, 1});
    begin(Placement::kernel, Placement::kernel);
  }
  void begin(Placement client, Placement server) {
    for (u32 i = 0; Loaded* const loaded : {&nucleus->client, &nucleus->server, &nucleus->neighbour}) all_[i++] = *loaded;
    all_[0].set_place(client, "client");
    all_[1].set_place(server, "server");
    all_[2].set_place(Placement::user, "drivers");
    for (Instance& i : all_) i.process_host = i.view().header().process_host;
    ASSERT_TRUE(create_portals(all_[1]));
    ASSERT_TRUE(bind_ports(all_[0], all_, Handle{55}));
    for (Instance& i : all_) complete(i, all_, kernel_table_);
    ASSERT_TRUE(mover_.start(all_, kernel_table_));
  }
  System::MoveReport move(Placement side, std::string_view domain = "") {
    nucleus->asked.clear();
    System::MoveReport report{};
    mover_.move(1, side, domain, report);
    return report;
  }
  image::PortBinding& port() { return nucleus->client.port(); }
  Binding const& binding() { return all_[0].bindings[0]; }
  using Asked = std::vector<std::string>;

  host::Table const* const kernel_table_ = reinterpret_cast<host::Table const*>(0xffff'ffff'8000'1000);
  BooksLock books_;
  Instance all_[3];
  Mover mover_{books_};
};

TEST_F(MoverTest, OutOfTheClientsDomainItsPortsUseProxies) {
  ASSERT_EQ(port().methods.load(), binding().direct);
  nucleus->waited = 3;
  auto const report = move(Placement::user, "apart");
  EXPECT_EQ(Error(report.outcome), Error::none);
  EXPECT_EQ(report.waited, 3u);
  EXPECT_EQ(nucleus->asked, (Asked{"stop 4", "place 4 user", "admit 4"}));
  EXPECT_EQ(port().methods.load(), binding().proxies);
  EXPECT_EQ(nucleus->server.view().header().host, all_[1].process_host);
  EXPECT_EQ(all_[1].side, Placement::user);
}

TEST_F(MoverTest, BackAgainTheyAreDirect) {
  (void)move(Placement::user, "apart");
  auto const report = move(Placement::kernel);
  EXPECT_EQ(nucleus->asked, (Asked{"stop 4", "place 4 kernel", "admit 4"}));
  EXPECT_EQ(Error(report.outcome), Error::none);
  EXPECT_EQ(port().methods.load(), binding().direct);
  EXPECT_EQ(nucleus->server.view().header().host, kernel_table_);
}

TEST_F(MoverTest, ADomainIsJoinedByWhoIsInIt) {
  (void)move(Placement::user, "drivers");
  EXPECT_EQ(nucleus->asked, (Asked{"stop 4", "place 4 user with 5", "admit 4"}));
  begin(Placement::user, Placement::kernel);
  EXPECT_EQ(port().methods.load(), binding().user_proxies);
  (void)move(Placement::user, "client");
  EXPECT_EQ(nucleus->asked, (Asked{"stop 4", "place 4 user with 3", "admit 4"}));
  EXPECT_EQ(port().methods.load(), binding().direct);
}

TEST_F(MoverTest, WhereItIsNothingHappens) {
  auto const report = move(Placement::kernel);
  EXPECT_EQ(Error(report.outcome), Error::none);
  EXPECT_TRUE(nucleus->asked.empty());
}

TEST_F(MoverTest, WaitsForCallsInsideOfEitherKind) {
  port().gate[3].inside = 1;
  nucleus->inside = 1;
  nucleus->sleeping = [this, naps = 0]() mutable {
    EXPECT_EQ(port().methods.load(), binding().proxies) << "no new ones come by the gate";
    if (++naps == 2) nucleus->inside = 0;
    if (naps == 4) port().gate[3].inside = 0;
  };
  auto const report = move(Placement::user, "apart");
  EXPECT_EQ(Error(report.outcome), Error::none);
  EXPECT_EQ(nucleus->asked, (Asked{"stop 4", "place 4 user", "admit 4"}));
  EXPECT_EQ(report.drain_ns, 20'000u + 40'000 + 80'000 + 160'000);
}

TEST_F(MoverTest, PastItsLimitItStaysAndSaysWhy) {
  nucleus->server.spec.drain_limit_ns = 5'000'000;
  port().gate[0].inside = 2;
  auto const report = move(Placement::user, "apart");
  EXPECT_EQ(Error(report.outcome), Error::timed_out);
  EXPECT_EQ(std::string_view{report.reason}, "still inside after 5 ms: 0 by portal, 2 directly");
  EXPECT_EQ(nucleus->asked.back(), "admit 4");
  EXPECT_EQ(std::count_if(nucleus->asked.begin(), nucleus->asked.end(), [](auto& a) { return a.starts_with("place"); }), 0);
  EXPECT_EQ(port().methods.load(), binding().direct);
  EXPECT_EQ(report.drain_ns, 5'000'000u);
  EXPECT_EQ(all_[1].side, Placement::kernel);
}

TEST_F(MoverTest, TimeInWhichTheMachineStoodStillIsNotItsOwn) {
  nucleus->inside = 1;
  nucleus->sleeping = [naps = 0]() mutable {
    if (++naps == 2) nucleus->now += 60'000'000'000;
    if (naps == 4) nucleus->inside = 0;
  };
  EXPECT_EQ(Error(move(Placement::user, "apart").outcome), Error::none);
}

TEST_F(MoverTest, ACallerThatStepsOutIsWaitedFor) {
  nucleus->placing = Error::busy;
  nucleus->sleeping = [naps = 0]() mutable {
    if (++naps == 3) nucleus->placing = Error::none;
  };
  EXPECT_EQ(Error(move(Placement::user, "apart").outcome), Error::none);
}

TEST_F(MoverTest, ASideThatIsRefusedChangesNothing) {
  begin(Placement::kernel, Placement::user);
  nucleus->placing = Error::not_permitted;
  auto const report = move(Placement::kernel);
  EXPECT_EQ(Error(report.outcome), Error::not_permitted);
  EXPECT_EQ(std::string_view{report.reason}, "cannot be placed there: not_permitted");
  EXPECT_EQ(port().methods.load(), binding().proxies);
  EXPECT_EQ(nucleus->server.view().header().host, all_[1].process_host);
  EXPECT_EQ(nucleus->asked.back(), "admit 4");
}

TEST_F(MoverTest, TheDeadStay) {
  nucleus->state = 2;
  EXPECT_EQ(Error(move(Placement::user, "apart").outcome), Error::peer_died);
  EXPECT_TRUE(nucleus->asked.empty());
}

}  // namespace
}  // namespace hinge::placement
