// What the driver of the chain test asks of the others. Private to this image: all its instances are the same file.
#pragma once

#include "iface/calls.hpp"

namespace hinge::chain {

/// How a link behaves when the request has come down to it.
enum class Deed : u32 {
  wait,    ///< Sleeps on an event that never rises, for `ms`.
  work,    ///< Computes for `ms`.
  forever, ///< Computes without end.
  sleep,   ///< Sleeps for ever in a lock.
};

struct Link {
  /// Does it here, or in the next link when `down` is not 0, which gets one less.
  struct Do { using Reply = Unit; u32 deed, down; u64 ms; };
  /// The same with a buffer that the last link copies from when it has done its deed.
  struct DoWith { static constexpr u32 buffers = 1; using Reply = Unit; u64 address; u32 bytes, writable; u32 deed, down; u64 ms; };
  /// `ms` from now this link's domain makes a null write.
  struct Arm { using Reply = Unit; u64 ms; };
  struct Boom { using Reply = Unit; u64 count; };
  /// What this link has seen: deeds done, waits that were cancelled, copies refused.
  struct Seen { struct Reply { u64 done, cancelled, refused; }; };
  using List = Calls<Boom, Do, DoWith, Arm, Seen>;
};

}  // namespace hinge::chain
