#include "host/faults.hpp"

namespace hinge::host {

namespace {

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winfinite-recursion"
[[gnu::noinline]] u64 recurse(u64 depth) {
  u64 volatile frame[64];
  frame[depth % 64] = depth;
  return recurse(depth + 1) + frame[depth % 64];
}
#pragma clang diagnostic pop

}  // namespace

Result<> FaultServer::on(Faults::Break const& request, Caller const&) {
  switch (request.kind) {
    case Faults::Kind::null_write: {
      u64 volatile* nowhere = nullptr;
      asm volatile("" : "+r"(nowhere));  // or the compiler would see the bug
      *nowhere = 1;
      break;
    }
    case Faults::Kind::illegal: asm volatile("ud2"); break;
    case Faults::Kind::stack: return recurse(0) ? Result<>{ok} : fail(Error::invalid);
    case Faults::Kind::loop:
      for (;;) asm volatile("pause");
    case Faults::Kind::nucleus_read: {
      u64 volatile const* const nucleus = reinterpret_cast<u64 volatile const*>(layout::nucleus_image + (u64{1} << 20));
      (void)*nucleus;
      break;
    }
    case Faults::Kind::count_: break;
  }
  return fail(Error::invalid);
}

constinit FaultServer fault_server;

}  // namespace hinge::host
