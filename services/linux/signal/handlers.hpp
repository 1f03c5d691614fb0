// What a process does about each signal (sigaction), shared by CLONE_SIGHAND.
#pragma once

#include "host/heap.hpp"
#include "host/mutex.hpp"
#include "services/linux/core/lock_ranks.hpp"
#include "services/linux/signal/signal_set.hpp"

namespace hinge::linux_service {

/// struct sigaction as the kernel's ABI has it on x86-64.
struct SignalAction {
  u64 handler = 0;     ///< default_action, ignore, or an address.
  u64 flags = 0;
  u64 restorer = 0;
  SignalSet mask;
};
static_assert(sizeof(SignalAction) == 32);

namespace signal_action {
inline constexpr u64 default_action = 0, ignore = 1;
inline constexpr u64 no_child_stop = 1, no_child_wait = 2, with_info = 4, restorer = 0x04000000, on_stack = 0x08000000,
                     restart = 0x10000000, no_defer = 0x40000000, reset_hand = 0x80000000;
}  // namespace signal_action

class SignalHandlers : public host::Shared<SignalHandlers> {
 public:
  [[nodiscard]] SignalAction get(Signal s) const { Guard guard{lock_}; return actions_[u8(s) - 1]; }
  /// Sets an action and returns the one before.
  SignalAction set(Signal s, SignalAction const& a) {
    Guard guard{lock_};
    SignalAction const before = actions_[u8(s) - 1];
    actions_[u8(s) - 1] = a;
    return before;
  }
  /// For exec: handlers become default; what is ignored stays so.
  void reset_for_exec();
  /// Another table with the same actions; null when memory is out.
  [[nodiscard]] Ref<SignalHandlers> copy() const;
  /// Whether sending `s` has no effect: ignored, by choice or by default.
  [[nodiscard]] bool ignores(Signal s) const;

 private:
  /// Before anybody else knows the table.
  void start_with(SignalAction const (&all)[signal_count]) __attribute__((no_thread_safety_analysis)) {
    __builtin_memcpy(actions_, all, sizeof actions_);
  }
  mutable Mutex<rank::Handlers> lock_;
  SignalAction actions_[signal_count] HINGE_GUARDED_BY(lock_) = {};
};

}  // namespace hinge::linux_service
