// Looking at a service's calls while it works: what each of its ports costs, and a record of every call it makes. Served by
// the library (host/probe.cpp), the same for every service; only placement has the right to call it.
#pragma once

#include "iface/buffer.hpp"
#include "iface/calls.hpp"

namespace hinge {

struct Probe {
  enum class Way : u32 {
    call,                ///< To a service in the same domain.
    message,             ///< To another domain.
    request,             ///< A program's, to the personality.
  };
  /// One call that has ended. Times are of the time-stamp counter, and hold everything between call and return.
  struct Hop {
    u64 start, end;
    u32 stack;           ///< layout::stack_number of the caller: whose calls lie inside which.
    u32 thread;          ///< Of a request: the program's thread.
    u32 way;             ///< A Way.
    u32 outcome;         ///< An Error; of a request: its errno, or 0.
    char port[image::name_bytes];  ///< Through which port, as the manifest names it; of a request: none.
    char method[40];     ///< "FileSystem::Lookup", or a system call's name. Cut off where it is longer.
  };
  static_assert(sizeof(Hop) == 96);

  /// From now on each call through a port is recorded, or no longer. What was not taken is forgotten. no_memory.
  struct Trace { using Reply = Unit; u64 on; };
  /// Takes the oldest records, as many as fit the buffer. `lost`: so many found no room since the last time. busy.
  struct Take { struct Reply { u64 hops, lost; }; static constexpr u32 buffers = 1; Buffer into; };
  /// What an empty request costs there and back, in ticks: as a function call through a gate, and as a message: to the port's
  /// own peer, or where that is in the same domain, to `outside`, a portal of a domain elsewhere. invalid: no such port.
  struct Price {
    struct Reply { u64 way, call, message; };
    u64 port;            ///< The address of its binding.
    u64 outside;         ///< A Handle.
  };
  using List = Calls<Trace, Take, Price>;
};

}  // namespace hinge
