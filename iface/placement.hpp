// Placement: what is where, served by placement to the personality (which shows it below /sys/hinge) and to whom else
// the manifest lets. Everything is read from the nucleus' own counters when asked.
#pragma once

#include "iface/calls.hpp"

namespace hinge {

struct System {
  static constexpr usize name_bytes = image::name_bytes;  ///< Names are zero-terminated and zero-filled.

  /// How many services and edges there are; placement itself is not among them.
  struct Count { struct Reply { u64 services, edges; }; };

  /// One service, by its number below Count::Reply::services. not_found beyond.
  struct Describe {
    struct Reply {
      char name[name_bytes];
      char domain[name_bytes];   ///< "kernel", or the user-side domain's name.
      u32 side;                  ///< Placement.
      u32 state;                 ///< 0 empty, 1 running, 2 died.
      u64 calls, messages, switches, faults;
      u64 frames, frame_limit;   ///< Memory, in 4 KiB frames.
      u64 slot;                  ///< Its slot's number.
    };
    u64 index;
  };

  /// One edge of who calls whom, by its number below Count::Reply::edges.
  struct DescribeEdge {
    struct Reply {
      u32 client;                ///< Service numbers.
      u32 server;                ///< ~0: placement.
      char role[name_bytes];
    };
    u64 index;
  };

  /// Moves a service to another side (a Placement), into the domain of that name. not_supported: a later step.
  struct Move {
    using Reply = Unit;
    char service[name_bytes];
    char domain[name_bytes];
    u64 side;
  };
  /// Ends a user-side service's domain. not_supported: a later step.
  struct Kill { using Reply = Unit; char service[name_bytes]; };

  /// Lets a service break on purpose, by a Faults::Kind: does not reply, or with what its end looks like to a caller.
  struct Fault {
    using Reply = Unit;
    char service[name_bytes];
    u64 kind;
  };

  using List = Calls<Count, Describe, DescribeEdge, Move, Kill, Fault>;
};

}  // namespace hinge
