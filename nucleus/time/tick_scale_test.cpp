#include "nucleus/time/tick_scale.hpp"

#include <gtest/gtest.h>

namespace hinge::nucleus {
namespace {

constexpr u64 day_seconds = 86'400;

TEST(TickScale, OneTickOneNanosecondAtOneGigahertz) {
  constexpr auto s = TickScale::from_hz(1'000'000'000);
  for (u64 n : {u64{0}, u64{1}, u64{12'345'678'901}, ~u64{0} >> 1}) {
    EXPECT_EQ(s.ns(n), n);
    EXPECT_EQ(s.ticks(n), n);
  }
}

TEST(TickScale, StaysWithinAPartPerBillionOverADay) {
  for (u64 hz : {u64{3'579'545}, u64{24'000'000}, u64{2'399'987'654}, u64{5'700'000'001}}) {
    auto const s = TickScale::from_hz(hz);
    u64 const ns = day_seconds * 1'000'000'000;
    EXPECT_NEAR(double(s.ns(hz * day_seconds)), double(ns), double(ns) / 1e9 + 1) << hz;
    EXPECT_NEAR(double(s.ticks(ns)), double(hz * day_seconds), double(hz * day_seconds) / 1e6) << hz;
  }
}

TEST(TickScale, NeverRunsAheadOrBack) {
  auto const s = TickScale::from_hz(2'399'987'654);
  u64 last = 0;
  for (u64 t = 0; t < 100'000; t += 7) {
    EXPECT_GE(s.ns(t), last);
    last = s.ns(t);
  }
}

TEST(TickScale, HundredYearsDoNotOverflow) {
  auto const s = TickScale::from_hz(4'000'000'000);
  u64 const seconds = 100ull * 365 * day_seconds;
  EXPECT_EQ(s.ns(seconds * 4'000'000'000), seconds * 1'000'000'000);
}

}  // namespace
}  // namespace hinge::nucleus
