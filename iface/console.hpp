// Console: raw bytes of a serial line. Line number 0 is the interactive one (COM1), 1 the second (COM2).
#pragma once

#include "iface/buffer.hpp"
#include "iface/calls.hpp"

namespace hinge {

struct Console {
  /// Queues bytes for sending; returns how many were taken (at least 1, unless would_block: the queue is full).
  struct Write { using Reply = u64; static constexpr u32 buffers = 1; Buffer from; u64 line; };
  /// Takes received bytes; would_block when there are none. Returns how many.
  struct Read { using Reply = u64; static constexpr u32 buffers = 1; Buffer into; u64 line; };
  /// would_block while queued bytes have not left the line yet, so that a drain can wait for `event`.
  struct Drained { using Reply = Unit; u64 line; };
  struct Lines { struct Reply { u64 lines; }; };
  using List = Calls<Write, Read, Drained, Lines>;
};

/// The upcall: the console tells its client that input came or room was made. The client serves it; the console's
/// event is bound to it by placement, since calls go downwards only.
struct ConsoleSignal {
  struct Ready { using Reply = Unit; u64 count; };
  using List = Calls<Ready>;
};

}  // namespace hinge
