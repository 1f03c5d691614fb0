// adjtimex(2) and clock_adjtime(2): what an NTP daemon asks of the wall clock and tells it. What it tells of errors, status
// and the offset to atomic time is kept for others to read. The clock can be set by a step; its pace is the processor's and
// cannot be changed, which is said so: EOPNOTSUPP.
#include "host/mutex.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/time/clock.hpp"

namespace hinge::linux_service {
namespace {

/// struct timex of <sys/timex.h>.
struct Adjustment {
  u32 modes, padding;
  i64 offset, frequency, most_error_us, estimated_error_us;
  i32 status, padding_2;
  i64 time_constant, precision_us, tolerance;
  TimeValue time;
  i64 tick_us, pps[2];
  i32 pps_shift, padding_3;
  i64 pps_more[5];
  i32 tai_offset, padding_4[11];
};
static_assert(sizeof(Adjustment) == 208);

namespace mode {
constexpr u32 offset = 1, frequency = 2, most_error = 4, estimated_error = 8, status = 0x10, time_constant = 0x20, tai = 0x80,
              set_offset = 0x100, microseconds = 0x1000, nanoseconds = 0x2000, tick = 0x4000, one_shot = 0x8001, read_one_shot = 0xa001;
}
constexpr i64 nominal_tick_us = 10'000, widest_error_us = 16'000'000, widest_frequency = i64{500} << 16;
constexpr i32 unsynchronized = 0x40, in_nanoseconds = 0x2000;  // STA_UNSYNC, STA_NANO
constexpr i32 settable_status = 0xff;                          // The rest of STA_* is for reading only.
constexpr u64 clock_is_good = 0, clock_is_unsynchronized = 5;  // TIME_OK, TIME_ERROR

struct Told {
  i64 most_error_us = widest_error_us, estimated_error_us = widest_error_us, time_constant = 2;
  i32 status = unsynchronized, tai_offset = 0;
};
constinit Mutex<rank::Leaf> lock;
constinit Told told HINGE_GUARDED_BY(lock);

/// Everything that would make the clock run faster or slower.
bool changes_pace(Adjustment const& a) {
  if (a.modes == mode::read_one_shot) return false;
  return ((a.modes & mode::offset) && a.offset) || ((a.modes & mode::frequency) && a.frequency) ||
         ((a.modes & mode::tick) && a.tick_us != nominal_tick_us);
}

Attempt<> step(Thread& self, Adjustment const& a) {
  i64 const unit = a.modes & mode::nanoseconds ? 1 : 1000;
  if (a.time.microseconds < 0 || a.time.microseconds >= i64(second_ns) / unit) return fail(Errno::invalid);
  i64 shift, to;
  if (__builtin_mul_overflow(a.time.seconds, i64(second_ns), &shift) || __builtin_add_overflow(shift, a.time.microseconds * unit, &shift) ||
      __builtin_add_overflow(i64(wall_ns(hinge_time_page)), shift, &to) || to <= 0)
    return fail(Errno::invalid);
  return set_wall(self, u64(to));
}

void take(Adjustment const& a, Told& to) {
  if (a.modes & mode::status) to.status = (to.status & ~settable_status) | (a.status & settable_status);
  if (a.modes & mode::nanoseconds) to.status |= in_nanoseconds;
  if (a.modes & mode::microseconds) to.status &= ~in_nanoseconds;
  if (a.modes & mode::most_error) to.most_error_us = a.most_error_us;
  if (a.modes & mode::estimated_error) to.estimated_error_us = a.estimated_error_us;
  if (a.modes & mode::time_constant) to.time_constant = a.time_constant;
  if (a.modes & mode::tai && a.time_constant >= 0) to.tai_offset = i32(a.time_constant);
}

Value adjust(Thread& self, UserAddr where) {
  Adjustment a;
  ATTEMPT(copy_from_user(self, a, where));
  if (a.modes && a.modes != mode::read_one_shot && !self.credentials->has(Capability::sys_time)) return Errno::not_permitted;
  if ((a.modes & mode::one_shot) == mode::one_shot && a.modes != mode::one_shot && a.modes != mode::read_one_shot) return Errno::invalid;
  if ((a.modes & mode::tick) && (a.tick_us < nominal_tick_us * 9 / 10 || a.tick_us > nominal_tick_us * 11 / 10)) return Errno::invalid;
  if (changes_pace(a)) return Errno::not_supported;
  if (a.modes & mode::set_offset) ATTEMPT(step(self, a));
  Told now;
  {
    Guard guard{lock};
    if ((a.modes & mode::one_shot) != mode::one_shot) take(a, told);
    now = told;
  }
  u64 const wall = wall_ns(hinge_time_page);
  u32 const modes = a.modes;
  a = Adjustment{};
  a.modes = modes;
  a.most_error_us = now.most_error_us;
  a.estimated_error_us = now.estimated_error_us;
  a.status = now.status;
  a.time_constant = now.time_constant;
  a.precision_us = 1;
  a.tolerance = widest_frequency;
  a.time = to_timeval(wall);
  a.tick_us = nominal_tick_us;
  a.tai_offset = now.tai_offset;
  if (now.status & in_nanoseconds) a.time.microseconds = i64(wall % second_ns);
  ATTEMPT(copy_to_user(self, where, a));
  return now.status & unsynchronized ? clock_is_unsynchronized : clock_is_good;
}

}  // namespace

Value sys_adjtimex(Thread& self, Args const& a) { return adjust(self, a.address(0)); }
Value sys_clock_adjtime(Thread& self, Args const& a) {
  if (ClockId(a.integer(0)) == ClockId::realtime) return adjust(self, a.address(1));
  ATTEMPT(read_clock(self, a.integer(0)));
  return Errno::not_supported;
}

}  // namespace hinge::linux_service
