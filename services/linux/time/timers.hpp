// Timers that send signals: alarm, setitimer(ITIMER_REAL) and timer_create. One event of the nucleus rises when the
// earliest is due; a worker then comes in as a request (Tick) and sends what is due.
#pragma once

#include "iface/calls.hpp"
#include "services/linux/core/process.hpp"
#include "services/linux/signal/signal_info.hpp"

namespace hinge::linux_service {

/// The request that the timer event brings.
struct Tick {
  struct Due { using Reply = Unit; u64 count; };
  using List = Calls<Due>;
};

struct TimerServer {
  Result<> on(Tick::Due const&, Caller const&);
};

/// At start. `provided` is the image's entry for Tick.
Result<> start_timers(image::Provided const& provided);

/// Number of a process' interval timer among its timers; POSIX timers have numbers from 0.
inline constexpr i32 real_interval = -1;
/// And of its watch over RLIMIT_CPU.
inline constexpr i32 processor_watch = -2;

struct TimerSetting {
  u64 left_ns = 0, interval_ns = 0;  ///< left 0: disarmed.
};

/// Sets a process' interval timer; returns what it was. no_memory.
Attempt<TimerSetting> set_interval_timer(Process& process, TimerSetting to);
TimerSetting interval_timer(Process& process);

/// A new POSIX timer, disarmed; its number. `thread` 0: the signal goes to the process; signal 0: it just counts. Without
/// `has_value` the signal's value is the timer's number.
Attempt<i32> create_timer(Process& process, i32 clock, SignalInfo const& info, i32 thread, bool has_value);
/// An absolute time on the timer's clock as a deadline.
Attempt<u64> timer_deadline(Process& process, i32 timer, u64 time_ns);
/// invalid when the process has no such timer.
Attempt<TimerSetting> set_timer(Process& process, i32 timer, u64 deadline_ns, u64 interval_ns);
Attempt<TimerSetting> timer_setting(Process& process, i32 timer);
Attempt<i32> timer_overrun(Process& process, i32 timer);
Attempt<> delete_timer(Process& process, i32 timer);

/// ITIMER_VIRTUAL and ITIMER_PROF: count the process' own time, in user mode or altogether. Looked at each few milliseconds
/// while they are set, which is how finely processor time is known.
enum class ProcessorTimer : i32 { user = -3, all = -4 };
Attempt<TimerSetting> set_processor_timer(Process& process, ProcessorTimer which, TimerSetting to);
TimerSetting processor_timer(Process& process, ProcessorTimer which);

/// Something to be told at a time. While it is set, the list of alarms holds a reference.
struct Alarm : Counted {
  virtual void dispose() = 0;
  /// The time has come, and it is not set any more. Called without locks.
  virtual void due() = 0;

 protected:
  ~Alarm() = default;

 private:
  friend struct Alarms;
  Alarm* next_ = nullptr;
  u64 deadline_ns_ = no_deadline;
};
/// no_deadline: as cancel. Files' locks may be held.
void set_alarm(Alarm& alarm, u64 deadline_ns);
void cancel_alarm(Alarm& alarm);

/// Begins to watch a process that has a finite RLIMIT_CPU: SIGXCPU each second beyond the soft limit, SIGKILL at the hard.
void watch_processor_time(Process& process);

/// exec: POSIX timers go, the interval timer stays. The end of a process: all go.
void remove_posix_timers(Process& process);
void remove_timers(Process& process);

}  // namespace hinge::linux_service
