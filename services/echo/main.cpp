// The other end of the call benchmark: answers at once. Loaded several times, on different sides (presets/bench.place).
#include "host/faults.hpp"
#include "host/image.hpp"
#include "host/probe.hpp"
#include "iface/echo.hpp"
#include "iface/lifecycle.hpp"

namespace hinge::echo {
namespace {

class Service {
 public:
  Result<> on(Lifecycle::Start const&, Caller const&) { return ok; }
  Result<> on(Lifecycle::Stop const&, Caller const&) { return ok; }
  Result<> on(Echo::Nothing const&, Caller const&) { return ok; }
  Result<Echo::Words<6>> on(Echo::Six const& r, Caller const&) {
    return Echo::Words<6>{{r.words[0], r.words[1], r.words[2], r.words[3], r.words[4], r.words[5]}};
  }
  Result<Echo::Words<64>> on(Echo::SixtyFour const& r, Caller const&) { return std::bit_cast<Echo::Words<64>>(r); }
  Result<> on(Echo::Copy const& r, Caller const&) {
    if (r.from.bytes > sizeof memory_) return fail(Error::invalid);
    return r.from.copy_in(0, memory_, r.from.bytes);
  }
  Result<> on(Echo::Map const& r, Caller const&) {
    if (!r.bytes || r.bytes > sizeof memory_ || r.bytes % page_bytes) return fail(Error::invalid);
    if (object_ == no_handle) object_ = TRY(host::object_create(ObjectKind::anonymous, Echo::max_bytes));
    u64 const window = layout::slot_base(host::own_slot().raw() / (1 << 24) - 1) + layout::slot_windows;
    TRY(host::window_map(no_handle, window, object_, 0, r.bytes, Protection::read));
    for (u64 at = 0; at < r.bytes; at += page_bytes) (void)*reinterpret_cast<u8 const volatile*>(window + at);
    return host::window_unmap(no_handle, window, r.bytes);
  }
  Result<Echo::Counters::Reply> on(Echo::Counters const&, Caller const&) {
    host::SlotInfo info;
    TRY(host::slot_info(host::own_slot(), &info));
    return Echo::Counters::Reply{info.messages, info.switches};
  }

 private:
  alignas(page_bytes) u8 memory_[Echo::max_bytes] = {};
  Handle object_{};
};

constinit Service service;
constinit image::Provided provided[] = {provide<Lifecycle>(service, "lifecycle"), provide<Echo>(service, "echo"), provide<Faults>(host::fault_server, "faults"),
                                        provide<Probe>(host::probe_server, "probe")};

}  // namespace
}  // namespace hinge::echo

HINGE_IMAGE("echo", hinge::echo::provided, hinge::host::nothing, hinge::host::nothing)
