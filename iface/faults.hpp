// Faults on purpose: every service breaks on request, the way a bug would break it, so that what a fault does to the
// rest of the system can be seen on either side. Served by the library (host/faults.cpp); only placement has the right
// to call it.
#pragma once

#include "iface/calls.hpp"

namespace hinge {

struct Faults {
  enum class Kind : u64 {
    null_write,          ///< A store through a null pointer.
    illegal,             ///< An undefined instruction.
    stack,               ///< Recursion without end.
    loop,                ///< Never returns.
    nucleus_read,        ///< A load from the nucleus' own memory: a fault in ring 3, nothing in ring 0.
    wild_write,          ///< Stores all over the address space, outside its own slot: the first one faults in ring 3.
    deadlock,            ///< Sleeps for a lock that nobody gives back, holding its own.
    forget_reply,        ///< Sleeps for an event that does not rise.
    exhaust,             ///< Takes memory until there is none, and stores to what it did not get.
    wild_dma,            ///< Tells its device to transfer to and from memory that it was never given, for some requests. Goes on.
    garbage_reply,       ///< Answers the call in progress with a status that there is not. On the kernel side: illegal.
    count_
  };
  /// Does not reply, if all goes wrong as planned, but for wild_dma; invalid for an unknown kind; not_supported: it has no
  /// device.
  struct Break { using Reply = Unit; Kind kind; };
  /// To break in the middle of some operation: at the fault point after `after` others. Those are the operations of the host
  /// contract on the user side, each record of an undo log, and each lock that is taken (held then) or given back (no longer
  /// held). Replies at once. invalid for an unknown kind.
  struct Arm { using Reply = Unit; Kind kind; u64 after; };
  using List = Calls<Break, Arm>;
};

constexpr char const* to_string(Faults::Kind k) {
  constexpr char const* names[] = {"null-write", "illegal", "stack", "loop", "nucleus-read", "wild-write", "deadlock", "forget-reply", "exhaust", "wild-dma", "garbage-reply"};
  static_assert(sizeof names / sizeof *names == u64(Faults::Kind::count_));
  return k < Faults::Kind::count_ ? names[u64(k)] : "?";
}

}  // namespace hinge
