// The CMOS clock (Motorola MC146818 data sheet), read once at boot.
#pragma once

#include "base/types.hpp"

namespace hinge::nucleus {

struct CivilTime {
  u32 year, month, day, hour, minute, second;
};

/// Seconds since 1970 of a date in the Gregorian calendar.
constexpr u64 unix_seconds(CivilTime const& t) {
  // Years that begin in March make the leap day the last one; 400 years are 146,097 days.
  u64 const year = t.year - (t.month <= 2 ? 1 : 0), month = (t.month + 9) % 12;
  u64 const days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + t.day - 1;
  constexpr u64 days_to_1970 = 719'468;
  return ((days - days_to_1970) * 24 + t.hour) * 3600 + t.minute * 60 + t.second;
}
static_assert(unix_seconds({1970, 1, 1, 0, 0, 0}) == 0);
static_assert(unix_seconds({2000, 3, 1, 0, 0, 0}) == 951'868'800);
static_assert(unix_seconds({2026, 12, 31, 23, 59, 59}) == 1'798'761'599);

/// The clock's time, taken to be UTC. 0 when it does not run.
u64 rtc_seconds();

}  // namespace hinge::nucleus
