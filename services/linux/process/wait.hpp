// What wait4 and waitid look for, and how they say what they found.
#pragma once

#include "services/linux/signal/signal_info.hpp"

namespace hinge::linux_service {

namespace wait_option {
inline constexpr u32 no_hang = 1, stopped = 2, exited = 4, continued = 8, no_reap = 0x01000000, no_thread = 0x20000000,
                     all = 0x40000000, clone = 0x80000000;
}

/// Which children a wait is about.
struct Selector {
  enum Kind : u8 { any, process, group } kind = any;
  i32 id = 0;
};
/// wait4's pid: > 0 a process, 0 the caller's group, -1 any, < -1 a group.
constexpr Selector selector_of(i32 pid, i32 own_group) {
  if (pid == -1) return {Selector::any, 0};
  if (pid > 0) return {Selector::process, pid};
  return {Selector::group, pid == 0 ? own_group : -pid};
}

/// A change of a child, before it is told in one form or the other.
struct ChildEvent {
  i32 pid = 0;
  u32 uid = 0;
  enum Kind : u8 { none, ended, stopped, continued, trapped } kind = none;
  u32 status = 0;  ///< ended, trapped (of a traced thread): as wait shows it; stopped: the signal.
};

/// The status word of wait4.
constexpr u32 wait_status(ChildEvent const& e) {
  switch (e.kind) {
    case ChildEvent::stopped: return e.status << 8 | 0x7f;
    case ChildEvent::continued: return 0xffff;
    default: return e.status;
  }
}

/// waitid's code and status.
struct ChildCode { i32 code, status; };
constexpr ChildCode child_code(ChildEvent const& e) {
  switch (e.kind) {
    case ChildEvent::stopped: return {signal_code::child_stopped, i32(e.status)};
    case ChildEvent::continued: return {signal_code::child_continued, i32(Signal::resume)};
    case ChildEvent::trapped: return {signal_code::child_trapped, i32(e.status >> 8)};
    default:
      if (e.status & 0x7f) return {e.status & 0x80 ? signal_code::child_dumped : signal_code::child_killed, i32(e.status & 0x7f)};
      return {signal_code::child_exited, i32(e.status >> 8)};
  }
}

}  // namespace hinge::linux_service
