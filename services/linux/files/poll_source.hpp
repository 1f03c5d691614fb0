// PollSource: something whose readiness changes: a pipe, a terminal, an eventfd. Its owner calls notify() after each
// change that could matter to poll, select or epoll; they enqueue themselves and then ask File::ready().
// notify() may be called under the owner's lock; without watchers it costs a load or two.
#pragma once

#include "host/mutex.hpp"
#include "services/linux/core/wait_queue.hpp"
#include "services/linux/files/ranks.hpp"

namespace hinge::linux_service {

class File;
namespace signal_owner {
Attempt<> watch(File& file, i32 fd, bool on);
void file_ends(File& file);
}

struct ReadinessNote;
struct Watch;

/// Bits of poll(2)'s events and epoll's: the same numbers.
namespace ready {
inline constexpr u32 in = 0x1, priority = 0x2, out = 0x4, error = 0x8, hang_up = 0x10, invalid = 0x20;
inline constexpr u32 read_normal = 0x40, read_band = 0x80, write_normal = 0x100, write_band = 0x200, read_hang_up = 0x2000;
inline constexpr u32 readable = in | read_normal, writable = out | write_normal;
}  // namespace ready

class PollSource {
 public:
  constexpr PollSource() = default;
  PollSource(PollSource const&) = delete;
  ~PollSource();

  /// `events`: what has (perhaps) come true, `ready` bits. Wakes poll and select, and files epoll's watches as ready.
  void notify(u32 events) {
    if (!waiters.idle()) waiters.wake_all();
    // Relaxed: a watch that is being added now asks ready() itself after it is on the list.
    if (__atomic_load_n(&watches_, __ATOMIC_RELAXED)) notify_watches(events);
    if (__atomic_load_n(&notes_, __ATOMIC_RELAXED)) signal_owners(events);
  }

  WaitQueue waiters;           ///< Threads in poll and select.

 private:
  friend class Epoll;
  friend Attempt<> signal_owner::watch(File&, i32, bool);
  friend void signal_owner::file_ends(File&);
  void notify_watches(u32 events);
  void signal_owners(u32 events);
  void end_notes();
  Watch* watches_ = nullptr;   ///< Under the Readiness lock.
  ReadinessNote* notes_ = nullptr;  ///< Files with O_ASYNC, under the SignalOwners lock.
};

}  // namespace hinge::linux_service
