// TimerFile: timerfd_create(2), a clock's alarm to read and to wait for. Expirations are counted when somebody looks; the
// alarm itself only wakes who waits.
#pragma once

#include "services/linux/files/file.hpp"
#include "services/linux/time/timers.hpp"

namespace hinge::linux_service {

/// What the list of alarms keeps alive: the file's inside.
class TimerState final : public Alarm {
 public:
  explicit TimerState(i32 clock) : clock_{clock} {}
  void dispose() override { host::destroy(this); }
  void due() override;

  /// `deadline_ns` on the monotonic clock, no_deadline: disarmed. Returns what it was.
  TimerSetting set(u64 deadline_ns, u64 interval_ns);
  TimerSetting setting();
  /// Takes the expirations so far; 0: none, and `self` is enqueued if it is given.
  Attempt<u64> take(Thread* self);
  [[nodiscard]] bool expired();
  [[nodiscard]] i32 clock() const { return clock_; }
  PollSource source;

 private:
  TimerSetting setting_locked() HINGE_REQUIRES(lock_);
  i32 const clock_;
  Mutex<rank::FileState> lock_;
  u64 deadline_ns_ HINGE_GUARDED_BY(lock_) = no_deadline;
  u64 interval_ns_ HINGE_GUARDED_BY(lock_) = 0;
  WaitQueue waiting_;
};

class TimerFile final : public File {
 public:
  TimerFile(u32 flags, Ref<TimerState> state) : File{flags | open_flag::read_write, Path{}}, state_{std::move(state)} {}
  void dispose() override;
  Value read(Thread& self, Transfer& into, u64) override;
  u32 ready() override { return state_->expired() ? ready::readable : 0; }
  PollSource* poll_source() override { return &state_->source; }
  TimerState* timer() override { return state_.get(); }
  usize describe(char* to, usize room) override { return describe_as("anon_inode:[timerfd]", to, room); }

 private:
  Ref<TimerState> const state_;
};

}  // namespace hinge::linux_service
