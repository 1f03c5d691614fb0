// The order in which the personality's locks may be taken: a thread that holds one level may take only higher ones.
// files and tty put their own ranks below `outer_end`, so that a pipe or a tty may wake waiters and send signals under
// its lock; nothing in process, memory, signal or time calls files or tty while it holds one of its own locks.
#pragma once

#include "base/types.hpp"

namespace hinge::linux_service::rank {

inline constexpr u32 outer_end = 30;  ///< Levels 1..29: files, tty, proc.

struct Space { static constexpr u32 level = 30; };         ///< One AddressSpace: brk, list of mapped files.
struct ProcessTree { static constexpr u32 level = 32; };   ///< Pid table, parents and children, groups, sessions.
struct Process { static constexpr u32 level = 34; };       ///< One process: threads, pending signals, stop and exit state.
struct Handlers { static constexpr u32 level = 36; };      ///< One table of signal actions.
struct Timers { static constexpr u32 level = 38; };        ///< Interval and POSIX timers of all processes.
struct Futex { static constexpr u32 level = 40; static constexpr bool several = true; };  ///< Buckets, by address.
struct Wait { static constexpr u32 level = 50; };          ///< Membership in wait queues.
struct Leaf { static constexpr u32 level = 52; };          ///< Small things that call nothing: names, counters.

}  // namespace hinge::linux_service::rank
