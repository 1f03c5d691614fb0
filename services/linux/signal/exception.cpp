// An exception of a program arrives as a request of its thread; the signal it becomes is taken at the request's end.
#include "services/linux/signal/exception.hpp"

#include "services/linux/core/thread.hpp"
#include "services/linux/signal/send.hpp"

namespace hinge::linux_service {

Value pseudo_exception(Thread& self, Args const& a) {
  self.fault = {.address = 0, .error = a[1], .trap = a[0]};
  force_signal(self, signal_for_exception(a.word(0), a[2]));
  return 0;
}

}  // namespace hinge::linux_service
