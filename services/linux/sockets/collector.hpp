// Collector: finds sockets that only bundles in their own queues keep alive, and empties those queues (Linux' unix_gc has
// the same task). A socket all of whose references lie in bundles in flight is a candidate; candidates that a bundle
// outside the candidates' queues holds are in use, and so is what their queues hold; the rest is a ring nobody can reach.
//
// Sound against what goes on meanwhile: a bundle is counted in flight before it is in a queue and until after it left,
// so a candidate that somebody is just receiving has more references counted than queues show, and passes for in use.
#pragma once

#include "services/linux/sockets/socket.hpp"

namespace hinge::linux_service {

class Collector {
 public:
  /// Before the bundle goes into a queue.
  static void departs(FileBundle& bundle);
  /// After it has left its queue. Nothing when it had not departed, or has arrived.
  static void arrives(FileBundle& bundle);
  /// Files in flight now, sockets or not.
  static u32 in_flight();
  /// Looks for rings, if sockets are in flight at all. After a socket's end; holds no lock.
  static void collect();

 private:
  friend class Socket;
  struct Steps;
};

}  // namespace hinge::linux_service
