// The other end of the call benchmark: answers at once. Loaded several times, on different sides (presets/bench.place).
#include "host/faults.hpp"
#include "host/image.hpp"
#include "iface/echo.hpp"
#include "iface/lifecycle.hpp"

namespace hinge::echo {
namespace {

struct Service {
  Result<> on(Lifecycle::Start const&, Caller const&) { return ok; }
  Result<> on(Lifecycle::Stop const&, Caller const&) { return ok; }
  Result<> on(Echo::Nothing const&, Caller const&) { return ok; }
  Result<Echo::Words<6>> on(Echo::Six const& r, Caller const&) {
    return Echo::Words<6>{{r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5]}};
  }
  Result<Echo::Words<64>> on(Echo::SixtyFour const& r, Caller const&) { return std::bit_cast<Echo::Words<64>>(r); }
  Result<Echo::Counters::Reply> on(Echo::Counters const&, Caller const&) {
    host::SlotInfo info;
    TRY(host::slot_info(host::own_slot(), &info));
    return Echo::Counters::Reply{info.messages, info.switches};
  }
};

constinit Service service;
constinit image::Provided provided[] = {provide<Lifecycle>(service, "lifecycle"), provide<Echo>(service, "echo"), provide<Faults>(host::fault_server, "faults")};

}  // namespace
}  // namespace hinge::echo

HINGE_IMAGE("echo", hinge::echo::provided, hinge::host::nothing, hinge::host::nothing)
