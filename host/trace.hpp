// Records of the calls that a service makes, kept in its own memory until somebody takes them. Recording costs nothing while
// it is off: a port is re-bound to a table that records (Calls<>::traced) and back, as a move re-binds it.
#pragma once

#include <atomic>
#include <span>
#include <string_view>

#include "base/ticks.hpp"
#include "iface/probe.hpp"

namespace hinge::host {

/// Any number of threads put, one takes. What finds no room is counted and lost.
class Recorder {
 public:
  static constexpr u64 room = 1024;

  /// Makes room, forgets what is there. no_memory.
  Result<> clear();
  void put(Probe::Hop const& hop);
  /// The oldest ones whose writers are through. One caller at a time.
  u64 take(std::span<Probe::Hop> into);
  u64 take_lost() { return lost_.exchange(0, std::memory_order_relaxed); }

 private:
  struct Entry { Probe::Hop hop; std::atomic<bool> whole; };
  Entry* entries_ = nullptr;
  std::atomic<u64> put_{0}, taken_{0}, lost_{0};
};

extern Recorder recorder;

/// A record of what began at `start` and ends now, from the calling stack.
Probe::Hop hop_since(u64 start, Probe::Way way, std::string_view port, std::string_view method);

/// Re-binds all ports of this image to their recording tables, or back.
void trace_ports(bool on);

}  // namespace hinge::host
