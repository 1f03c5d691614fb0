// Placement: what is where, served by placement to the personality (which shows it below /sys/hinge) and to whom else
// the manifest lets. Everything is read from the nucleus' own counters when asked.
#pragma once

#include "iface/buffer.hpp"
#include "iface/calls.hpp"

namespace hinge {

struct System {
  static constexpr usize name_bytes = image::name_bytes;  ///< Names are zero-terminated and zero-filled.

  /// How many services and edges there are; placement itself is not among them.
  struct Count { struct Reply { u64 services, edges; }; };

  /// What memory a service's devices reach: it has none; whatever its driver tells them to; what was mapped for them.
  enum class Dma : u64 { none, trusted, confined };

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
      u64 dma;                   ///< A Dma.
      u64 dma_faults;            ///< Accesses that its devices were refused.
      u64 restarts;              ///< After deaths of its domain.
      u64 restart_ticks;         ///< From its last death until callers were admitted again; time-stamp counter.
      u64 answer_ticks;          ///< From its last death until a caller had an answer again; 0: none yet.
      u32 death;                 ///< How its domain died last, a Death.
      u32 restartable;           ///< 1: it will come back the next time.
      u32 capabilities, activations;  ///< It holds.
    };
    u64 index;
  };

  /// What else there is to know of a service: what became of it, what it may, and what its manifest says. not_found.
  struct Details {
    struct Reply {
      u64 deaths;                ///< Of its domain, so far.
      u64 recent_deaths;         ///< Of them, those that count towards giving it up: kills do not.
      u64 restart_limit, restart_window_ns;  ///< So many recent ones in so long a time are answered by a restart; 0: none.
      u64 backoff_ns;            ///< That its next restart would wait, if it broke now.
      u64 given_up;              ///< 1: it died too often.
      u64 vector, address, instruction;  ///< Of the fault that ended it last: the processor's number, what it was about, where.
      u64 moves;                 ///< That were asked for, undone ones too.
      u64 drain_limit_ns;
      u64 hang_limit_ns;         ///< 0: none.
      u64 worker_budget_ns, worker_period_ns;  ///< Period 0: none.
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

  /// How a move of a service went. A tick is one of the time-stamp counter.
  struct MoveReport {
    static constexpr usize reason_bytes = 96;
    u64 number;                  ///< Moves are numbered from 1; 0: it never moved.
    u64 outcome;                 ///< An Error: none (it moved), would_block (still going on), timed_out (did not drain), ...
    u64 waited;                  ///< Requests that queued until it admitted callers again.
    u64 drain_ticks, drain_ns;   ///< From the decision until nobody was inside.
    u64 switch_ticks, switch_ns; ///< From then until callers were let in.
    char reason[reason_bytes];   ///< Of a failure: zero-terminated.
  };
  /// Moves a service to a side (a Placement: kernel or user), there into the domain of that name, while its clients go on
  /// calling. Sleeps until that is done; what did not work is in the report, and the service where it was. The personality
  /// moves when all requests have left it, this one too: the report then says would_block, and LastMove later how it went.
  /// not_found, invalid, busy (the personality is about to move).
  struct Move {
    using Reply = MoveReport;
    char service[name_bytes];
    char domain[name_bytes];
    u64 side;
  };
  /// The report of a service's last move.
  struct LastMove { using Reply = MoveReport; u64 index; };
  /// Moves every service that the preset of that name puts elsewhere, servers before their clients. Each has its report.
  /// not_found, invalid (the log says what is wrong with it), busy.
  struct MoveToPreset {
    struct Reply { u64 moved, refused; };
    char preset[name_bytes];
  };
  /// Ends a user-side service's domain. It comes back if its manifest says so. invalid: it has no domain of its own to end.
  struct Kill { using Reply = Unit; char service[name_bytes]; };
  /// The same after it was drained, and sleeps until the service runs again. not_supported: its manifest does not say so.
  struct Restart { using Reply = Unit; char service[name_bytes]; };

  /// Lets a service break on purpose, by a Faults::Kind: does not reply, or with what its end looks like to a caller.
  struct Fault {
    using Reply = Unit;
    char service[name_bytes];
    u64 kind;
    u64 after;                   ///< ~0: at once. Else at the fault point after so many others (Faults::Arm), and it replies.
  };

  /// What an empty request along an edge costs, and would cost with its two ends in one domain or in two, in ticks there and
  /// back, measured while asked. Of an edge in one domain the message is to placement, which is always in another. not_found,
  /// not_supported: a service that cannot be looked at.
  struct Price {
    struct Reply { u64 message_now, call, message; };
    u64 edge;
  };
  /// Lets all services record their calls (Probe::Hop), or no longer. The first error; those that can have begun.
  struct Trace { using Reply = Unit; u64 on; };
  /// Takes a service's oldest records, see Probe::Take. not_found, not_supported, busy.
  struct TakeHops { struct Reply { u64 hops, lost; }; static constexpr u32 buffers = 1; Buffer into; u64 service; };

  using List = Calls<Count, Describe, Details, DescribeEdge, Move, LastMove, MoveToPreset, Kill, Restart, Fault, Price, Trace, TakeHops>;
};

}  // namespace hinge
