#include "services/linux/files/file_limits.hpp"

#include "services/linux/signal/send.hpp"

namespace hinge::linux_service {

Attempt<u64> file_size_limit(Thread& self, u64 offset, u64 bytes) {
  u64 const limit = self.process().limit(Resource::file_size);
  if (bytes && limit != unlimited && offset >= limit) {
    (void)send_signal(self, from_kernel(Signal::file_size));
    return fail(Errno::file_too_big);
  }
  return limit;
}

}  // namespace hinge::linux_service
