// The flusher: five seconds after something became dirty it is written back and committed, sooner when there is much of it.
// It has no thread: an event's time brings a worker in as a request (Flush), whose activation is its own. One request
// writes a bounded amount and, if there is more, comes again at once, so that the personality can always be drained.
#pragma once

#include "iface/calls.hpp"

namespace hinge::linux_service {

struct Flush {
  struct Due { using Reply = Unit; u64 count; };
  using List = Calls<Due>;
};

class Flusher {
 public:
  /// At start. `provided` is the image's entry for Flush.
  static Result<> start(image::Provided const& provided);
  /// Something became dirty.
  static void wake();
  /// There is much of it.
  static void hurry();

  Result<> on(Flush::Due const&, Caller const&);
};

}  // namespace hinge::linux_service
