// Signal-driven readiness (O_ASYNC, F_SETOWN, F_SETSIG in fcntl(2)): who hears of an open file by a signal, and which. A
// file with O_ASYNC has a note on its PollSource, which each notification looks through. One lock for all owners and notes.
#pragma once

#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

class File;
class PollSource;
class Thread;

/// Kept by the File.
struct SignalOwner {
  enum class Kind : i32 { thread, process, group };  ///< F_OWNER_TID, _PID, _PGRP.
  Kind kind = Kind::process;
  i32 id = 0;             ///< 0: nobody is told.
  u32 uid = 0, euid = 0;  ///< Of who said so: the signal reaches whom he could signal.
  i32 signal = 0;         ///< 0: SIGIO, without particulars.
};

/// One file on one source.
struct ReadinessNote {
  ReadinessNote* next = nullptr;
  PollSource* source = nullptr;  ///< Null once that has gone.
  File* file = nullptr;
  i32 fd = 0;                    ///< As siginfo tells it.
};

namespace signal_owner {

/// siginfo's code of SIGIO and its like.
inline constexpr i32 input = 1, output = 2, message = 3, hung_up = 6;

/// no_process: nobody has that number. 0 takes the owner off.
Attempt<> set(Thread& self, File& file, SignalOwner::Kind kind, i32 id);
SignalOwner get(File& file);
void set_signal(File& file, i32 signal);
/// O_ASYNC begins, for the descriptor `fd`, or ends. A file whose readiness nobody signals takes it without effect.
Attempt<> watch(File& file, i32 fd, bool on);
/// Sends the owner its signal. Locks below rank::SignalOwners may be held.
void tell(File& file, i32 fd, i32 code);
/// Its note goes.
void file_ends(File& file);

}  // namespace signal_owner
}  // namespace hinge::linux_service
