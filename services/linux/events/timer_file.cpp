#include "services/linux/events/timer_file.hpp"

#include "services/linux/time/clock.hpp"

namespace hinge::linux_service {

void TimerState::due() {
  Guard guard{lock_};
  waiting_.wake_all();
  source.notify(ready::readable);
}

TimerSetting TimerState::setting_locked() {
  if (deadline_ns_ == no_deadline) return {0, interval_ns_};
  u64 const now = now_ns();
  if (deadline_ns_ > now) return {deadline_ns_ - now, interval_ns_};
  // Expired and not read yet: a repeating timer tells the time to its next expiration.
  return {interval_ns_ ? interval_ns_ - (now - deadline_ns_) % interval_ns_ : 0, interval_ns_};
}

TimerSetting TimerState::setting() {
  Guard guard{lock_};
  return setting_locked();
}

TimerSetting TimerState::set(u64 deadline_ns, u64 interval_ns) {
  Guard guard{lock_};
  TimerSetting const before = setting_locked();
  deadline_ns_ = deadline_ns;
  interval_ns_ = interval_ns;
  set_alarm(*this, deadline_ns);
  waiting_.wake_all();
  return before;
}

bool TimerState::expired() {
  Guard guard{lock_};
  return deadline_ns_ <= now_ns();
}

Attempt<u64> TimerState::take(Thread* self) {
  Guard guard{lock_};
  u64 const now = now_ns();
  if (deadline_ns_ > now) {
    if (self) ATTEMPT(waiting_.enqueue(*self));
    return u64{0};
  }
  u64 const count = interval_ns_ ? 1 + (now - deadline_ns_) / interval_ns_ : 1;
  deadline_ns_ = interval_ns_ ? deadline_ns_ + count * interval_ns_ : no_deadline;
  set_alarm(*this, deadline_ns_);
  return count;
}

void TimerFile::dispose() {
  cancel_alarm(*state_);
  host::destroy(this);
}

Value TimerFile::read(Thread& self, Transfer& into, u64) {
  if (into.left() < sizeof(u64)) return Errno::invalid;
  u64 const count = ATTEMPT(state_->take(nonblocking() ? nullptr : &self));
  if (!count) return nonblocking() ? Value{Errno::again} : self.block();
  ATTEMPT(into.put_all(self, &count, sizeof count));
  return sizeof count;
}

}  // namespace hinge::linux_service
