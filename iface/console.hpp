// Console: raw bytes of serial lines. Line 0 is the interactive one (COM1), 1 the second (COM2).
// No request waits: where nothing can be done now it says would_block, and ConsoleSignal tells when to ask again.
#pragma once

#include "iface/buffer.hpp"
#include "iface/calls.hpp"

namespace hinge {

struct Console {
  static constexpr u64 max_lines = 2;

  /// Queues bytes for sending; returns how many were taken, at least 1. would_block: the queue is full.
  struct Write { using Reply = u64; static constexpr u32 buffers = 1; Buffer from; u64 line; };
  /// Takes received bytes; returns how many, at least 1. would_block: there are none.
  struct Read { using Reply = u64; static constexpr u32 buffers = 1; Buffer into; u64 line; };
  /// would_block while queued bytes have not left the line yet.
  struct Drained { using Reply = Unit; u64 line; };
  /// Forgets bytes queued for sending.
  struct Discard { using Reply = Unit; u64 line; };
  /// Bit n is set when line n exists. Every other request for a line that does not is answered with not_found.
  struct Lines { struct Reply { u64 present; }; };
  using List = Calls<Write, Read, Drained, Discard, Lines>;
};

/// The upcall: on some line input came, room was made, or the last byte left. The client serves it; the console's
/// event "ready" is bound to it by placement, since calls go downwards only.
struct ConsoleSignal {
  struct Ready { using Reply = Unit; u64 count; };
  using List = Calls<Ready>;
};

}  // namespace hinge
