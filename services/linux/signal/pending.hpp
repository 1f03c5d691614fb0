// Signals that were sent but not taken yet: a set, and for those that carry something a queue in the order of sending.
// Standard signals are there once; real-time signals as often as they were sent. Guarded by the process' lock.
#pragma once

#include "services/linux/core/errno.hpp"
#include "services/linux/signal/signal_info.hpp"

namespace hinge::linux_service {

class PendingSignals {
 public:
  constexpr PendingSignals() = default;
  PendingSignals(PendingSignals const&) = delete;
  ~PendingSignals() { discard(SignalSet::all()); }

  [[nodiscard]] SignalSet set() const { return set_; }
  [[nodiscard]] u32 queued() const { return queued_; }
  /// Adds a signal. A standard one that is there already stays as it is. Fails with `again` only for a real-time signal
  /// when `limit` are queued or memory is out; a standard one then is pending without its information.
  Attempt<> add(SignalInfo const& info, u32 limit);
  /// Takes the signal that comes first among `allowed`: synchronous ones, then by number, then by age. False: none.
  [[nodiscard]] bool take(SignalSet allowed, SignalInfo& info);
  /// Forgets all signals of a set.
  void discard(SignalSet which);

 private:
  struct Entry { Entry* next; SignalInfo info; };
  /// The first one needs no memory of the heap.
  Entry* make(SignalInfo const& info);
  void free(Entry* entry);

  SignalSet set_;
  u32 queued_ = 0;
  Entry* first_ = nullptr;
  Entry in_place_{};
  bool in_place_used_ = false;
};

}  // namespace hinge::linux_service
