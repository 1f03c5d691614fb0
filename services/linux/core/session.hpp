// Sessions: process groups under one leader, with at most one controlling terminal. Groups are plain numbers kept in
// each process. Everything here is guarded by the process tree's lock (process/tree.hpp).
#pragma once

#include "host/heap.hpp"

namespace hinge::linux_service {

class Session;

/// What a session knows of its terminal; implemented by tty.
class ControllingTerminal {
 public:
  /// For stat's tty_nr: major << 8 | minor.
  [[nodiscard]] virtual u32 device_number() const = 0;
  /// The session's leader has ended or execed away: the terminal belongs to nobody any more. Called without locks.
  virtual void session_ended(Session& session) = 0;
  /// The foreground process group; 0 when there is none.
  [[nodiscard]] virtual i32 foreground_group() const = 0;

 protected:
  ~ControllingTerminal() = default;
};

class Session : public host::Shared<Session> {
 public:
  explicit Session(i32 leader) : id{leader} {}
  i32 const id;                             ///< Pid of its leader.
  ControllingTerminal* terminal = nullptr;  ///< Set and cleared by tty. Under the tree's lock.
};

}  // namespace hinge::linux_service
