// links: host/trace.cpp host/heap.cpp host/lock_rank.cpp tests/support/fake_host.cpp
// Records of calls: none is torn, and what finds no room is counted. A port that records goes on as it was bound.
#include "host/trace.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "host/image.hpp"

namespace hinge::host {
namespace {

struct Adder {
  struct Add { using Reply = u64; u64 by; };
  struct Refuse { using Reply = Unit; };
  using List = Calls<Add, Refuse>;
};
struct Server {
  u64 sum = 0;
  Result<u64> on(Adder::Add const& request, Caller const&) { return sum += request.by; }
  Result<> on(Adder::Refuse const&, Caller const&) { return fail(Error::busy); }
};

class TraceTest : public testing::Test {
 protected:
  void SetUp() override {
    port_.connect(server_);
    port_.binding()->portal = Handle{7};
    hinge_image.required = &required_;
    hinge_image.required_count = 1;
    ASSERT_TRUE(recorder.clear());
  }
  void TearDown() override { hinge_image.required_count = 0; }

  std::vector<Probe::Hop> taken() {
    std::vector<Probe::Hop> all;
    Probe::Hop some[3];
    while (u64 const got = recorder.take(some)) all.insert(all.end(), some, some + got);
    return all;
  }

  Server server_;
  Port<Adder> port_;
  image::Required required_ = require(port_, "adder");
};

TEST_F(TraceTest, CallsAreRecordedWhileItIsOn) {
  EXPECT_EQ(*port_.on(Adder::Add{1}, Caller{}), 1u);
  trace_ports(true);
  EXPECT_EQ(*port_.on(Adder::Add{2}, Caller{}), 3u);
  EXPECT_EQ(port_.on(Adder::Refuse{}, Caller{}).error(), Error::busy);
  trace_ports(false);
  EXPECT_EQ(*port_.on(Adder::Add{3}, Caller{}), 6u);
  EXPECT_EQ(port_.binding()->methods.load(), Adder::List::direct);
  auto const hops = taken();
  ASSERT_EQ(hops.size(), 2u);
  EXPECT_TRUE(std::string{hops[0].method}.ends_with("Adder::Add")) << hops[0].method;
  EXPECT_STREQ(hops[0].port, "adder");
  EXPECT_EQ(hops[0].way, u32(Probe::Way::call));
  EXPECT_EQ(hops[1].outcome, u32(Error::busy));
  EXPECT_LE(hops[0].start, hops[0].end);
  EXPECT_LE(hops[0].end, hops[1].start);
}

TEST_F(TraceTest, AMoveHasTheLastWord) {
  static constexpr image::Method elsewhere[] = {[](void*, void const*, void* reply, Caller const&) {
                                                  *static_cast<u64*>(reply) = 99;
                                                  return Error::none;
                                                },
                                                nullptr};
  trace_ports(true);
  port_.binding()->methods.store(elsewhere);
  EXPECT_EQ(*port_.on(Adder::Add{2}, Caller{}), 99u);
  trace_ports(false);
  EXPECT_EQ(port_.binding()->methods.load(), elsewhere);
  EXPECT_TRUE(taken().empty());
}

TEST_F(TraceTest, WhatFindsNoRoomIsCounted) {
  for (u64 i = 0; i < Recorder::room + 5; ++i) recorder.put(hop_since(i, Probe::Way::request, {}, "a name that is far longer than a record has room for"));
  auto const hops = taken();
  ASSERT_EQ(hops.size(), Recorder::room);
  EXPECT_EQ(hops.back().start, Recorder::room - 1);
  EXPECT_EQ(std::string{hops[0].method}.size(), sizeof hops[0].method - 1);
  EXPECT_EQ(recorder.take_lost(), 5u);
  EXPECT_EQ(recorder.take_lost(), 0u);
}

TEST_F(TraceTest, ManyPutWhileOneTakes) {
  constexpr u64 threads = 4, each = 20'000;
  std::vector<std::thread> writers;
  for (u64 t = 0; t < threads; ++t)
    writers.emplace_back([t] {
      for (u64 i = 0; i < each; ++i) {
        Probe::Hop hop{};
        hop.start = hop.end = t * each + i;
        hop.stack = hop.thread = u32(t);
        recorder.put(hop);
      }
    });
  u64 last[threads] = {}, got = 0, lost = 0;
  for (bool all = false; !all;) {
    if (got + lost == threads * each) all = true;
    for (Probe::Hop const& hop : taken()) {
      ++got;
      ASSERT_EQ(hop.start, hop.end);
      ASSERT_EQ(hop.stack, hop.thread);
      ASSERT_LE(last[hop.thread], hop.start);
      last[hop.thread] = hop.start;
    }
    lost += recorder.take_lost();
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(got + lost, threads * each);
}

}  // namespace
}  // namespace hinge::host
