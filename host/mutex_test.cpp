// links: host/lock_rank.cpp tests/support/fake_host.cpp
#include "host/mutex.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/support/fake_host.hpp"

namespace hinge {
namespace {

struct Outer { static constexpr u32 level = 1; };
struct Inner { static constexpr u32 level = 2; };
struct Pair { static constexpr u32 level = 3; static constexpr bool several = true; };

TEST(Mutex, ExcludesOtherThreads) {
  Mutex<Outer> mutex;
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 20'000; ++n) {
        Guard guard{mutex};
        ++count;
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(count, 80'000);
}

TEST(Mutex, StopsWhenTheOrderIsWrong) {
  Mutex<Outer> outer;
  Mutex<Inner> inner;
  Guard right{outer};
  Guard also{inner};
  Mutex<Outer> second;
  EXPECT_DEATH(second.lock(), "");
  EXPECT_DEATH(detail::rank_assert_none(), "");
}

TEST(Mutex, AllowsSeveralOfARankThatSaysSo) {
  Mutex<Pair> a, b;
  Guard first{a};
  Guard second{b};
}

TEST(Mutex, IsAFaultPointWhenAFaultIsArmed) {
  Mutex<Outer> mutex;
  host::points_to_fault = 1;
  { Guard guard{mutex}; }  // nothing leads it there: the short way has no point
  host::lock_watch.arm(true);
  EXPECT_DEATH(mutex.lock(), "");
  host::points_to_fault = 0;
  mutex.lock();
  host::points_to_fault = 1;
  EXPECT_DEATH(mutex.unlock(), "");
  host::points_to_fault = 0;
  mutex.unlock();
  host::lock_watch.arm(false);
  EXPECT_TRUE(mutex.try_lock());  // given back, awaited by nobody
  mutex.unlock();
}

TEST(Guarded, GivesAccessUnderTheLock) {
  Guarded<int, Outer> number{4};
  { *number.lock() += 1; }
  EXPECT_EQ(*number.lock(), 5);
}

}  // namespace
}  // namespace hinge
