// links: tests/support/fake_host.cpp
// The gate of a binding, under threads: callers go on calling while the port is turned between its direct table and a way
// round, as a mover does it. Nobody may be inside the server while the mover believes it empty, and no call is lost.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "iface/calls.hpp"

namespace hinge {
namespace {

struct Counter {
  struct Add { using Reply = u64; u64 by; };
  using List = Calls<Add>;
};

struct Server {
  std::atomic<u64> sum{0}, intruders{0};
  std::atomic<bool> moving{false};
  Result<u64> on(Counter::Add const& request, Caller const&) {
    intruders += moving.load(std::memory_order_relaxed);
    sum += request.by;
    return request.by;
  }
};

/// In place of the way through a portal.
std::atomic<u64> rounds{0};
constexpr image::Method way_round[] = {[](void*, void const* request, void* reply, Caller const&) {
  u64 const by = static_cast<Counter::Add const*>(request)->by;
  rounds += by;
  *static_cast<u64*>(reply) = by;
  return Error::none;
}};

u64 inside(image::PortBinding& binding) {
  u64 sum = 0;
  for (auto& shard : binding.gate) sum += shard.inside.load(std::memory_order_acquire);
  return sum;
}

TEST(Gate, ItIsEmptyWhenItSaysSo) {
  constexpr u32 turns = 500;
  Server server;
  Port<Counter> port{server};
  image::PortBinding& binding = *port.binding();
  std::atomic<bool> done{false};
  std::atomic<u64> calls{0};
  std::vector<std::thread> callers;
  for (u32 i = 0; i < 4; ++i) {
    callers.emplace_back([&, i] {
      for (; !done; ++calls) EXPECT_EQ(port.on(Counter::Add{1}, Caller{.thread = i * 3}).value_or(0), 1u);
    });
  }
  for (u32 turn = 0; turn < turns; ++turn) {
    binding.methods.store(way_round, std::memory_order_seq_cst);
    while (inside(binding)) std::this_thread::yield();
    server.moving.store(true, std::memory_order_relaxed);
    std::this_thread::yield();
    server.moving.store(false, std::memory_order_relaxed);
    binding.methods.store(binding.direct, std::memory_order_seq_cst);
    std::this_thread::yield();
  }
  done = true;
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(server.intruders, 0u);
  EXPECT_EQ(server.sum + rounds, calls);
  EXPECT_EQ(inside(binding), 0u);
}

TEST(Gate, AFailureLeavesItToo) {
  struct Refusing {
    Result<u64> on(Counter::Add const&, Caller const&) { return fail(Error::busy); }
  } server;
  Port<Counter> port{server};
  EXPECT_EQ(port.on(Counter::Add{1}, Caller{}).error(), Error::busy);
  EXPECT_EQ(inside(*port.binding()), 0u);
}

}  // namespace
}  // namespace hinge
