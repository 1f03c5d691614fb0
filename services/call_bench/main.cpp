// The call benchmark: times Echo's methods through its port with the time-stamp counter, and logs one line each,
// "bench call NAME instructions switches entries" per round trip, then "bench call done WHERE". With -icount shift=0 a tick
// is an instruction. Loaded twice by presets/bench.place: in a domain of its own (call_*: to another domain), and in the
// kernel (direct_*: a call inside it; up_*: a message to a domain outside).
#include "base/ticks.hpp"
#include "host/image.hpp"
#include "host/log.hpp"
#include "iface/echo.hpp"
#include "iface/lifecycle.hpp"

namespace hinge::call_bench {
namespace {

constexpr u64 rounds = 2'000;

/// A private interface: the far end of event_round_trip.
struct Pong {
  struct Fired { using Reply = Unit; u64 count; };
  using List = Calls<Fired>;
};

struct Service {
  Port<Echo> far;    ///< An echo in another domain.
  Port<Echo> near;   ///< An echo on the same side, where there is one.

  Result<> on(Lifecycle::Start const&, Caller const& caller) {
    bool const from_kernel = near.on(Echo::Nothing{}, caller).has_value();
    if (from_kernel) {
      TRY(measure_all("direct", near, 0, caller));
      TRY(measure_all("up", far, 1, caller));
    } else {
      TRY(measure_all("call", far, 2, caller));
      TRY(measure_events());
    }
    host::log("bench call done {}", from_kernel ? "inside" : "outside");
    return ok;
  }
  Result<> on(Lifecycle::Stop const&, Caller const&) { return ok; }

  Result<> on(Pong::Fired const&, Caller const&) { return host::event_signal(pong_); }

 private:
  /// `crossings`: how often a message enters ring 0: twice when its caller is in ring 3 (call, reply), once when it is not.
  /// A server in ring 3 enters it once more for a copy, and for a mapping and its end each.
  Result<> measure_all(char const* way, Port<Echo> const& port, u64 crossings, Caller const& caller) {
    u64 const native = crossings ? 1 : 0;
    TRY(measure(way, "0", port, Echo::Nothing{}, crossings, caller));
    TRY(measure(way, "6", port, Echo::Six{}, crossings, caller));
    TRY(measure(way, "64", port, Echo::SixtyFour{}, crossings, caller));
    TRY(measure(way, "copy_4k", port, Echo::Copy{payload(4096)}, crossings + native, caller));
    TRY(measure(way, "copy_64k", port, Echo::Copy{payload(65536)}, crossings + native, caller));
    TRY(measure(way, "map_4k", port, Echo::Map{4096}, crossings + 2 * native, caller));
    return measure(way, "map_64k", port, Echo::Map{65536}, crossings + 2 * native, caller);
  }
  Buffer payload(u32 bytes) { return {reinterpret_cast<u64>(payload_), bytes, 0}; }

  template <class M>
  Result<> measure(char const* way, char const* what, Port<Echo> const& port, M const& request, u64 entries, Caller const& caller) {
    for (int warm = 0; warm < 100; ++warm) TRY(port.on(request, caller));
    u64 const switches_before = TRY(switches(port, caller));
    u64 const start = ticks();
    for (u64 i = 0; i < rounds; ++i) TRY(port.on(request, caller));
    u64 const took = ticks() - start;
    u64 const switched = TRY(switches(port, caller)) - switches_before;
    host::log("bench call {}_{} {} {} {}", way, what, took / rounds, (switched + rounds / 2) / rounds, entries);
    return ok;
  }
  /// Address-space switches so far, to the server and back to here.
  static Result<u64> switches(Port<Echo> const& port, Caller const& caller) {
    host::SlotInfo own;
    TRY(host::slot_info(host::own_slot(), &own));
    return TRY(port.on(Echo::Counters{}, caller)).switches + own.switches;
  }

  /// There and back by two events: a worker carries `ping` into Pong, which raises `pong`.
  Result<> measure_events() {
    Handle const ping = TRY(host::event_create());
    pong_ = TRY(host::event_create());
    Handle const portal = TRY(host::portal_create(host::own_slot(), host::PortalKind::message, reinterpret_cast<u64>(self), 2));
    TRY(host::event_bind(ping, portal, Pong::List::index<Pong::Fired>()));
    constexpr u64 second = 1'000'000'000;
    u64 seen = 0, start = 0;
    for (u64 i = 0; i < rounds / 2 + 100; ++i) {
      if (i == 100) start = ticks();
      TRY(host::event_signal(ping));
      seen = TRY(host::event_wait(pong_, seen, host::clock() + second));
    }
    host::log("bench call event_round_trip {} 0 0", (ticks() - start) / (rounds / 2));
    return ok;
  }

  alignas(page_bytes) u8 payload_[Echo::max_bytes] = {};
  Handle pong_{};

 public:
  static image::Provided const* self;
};

constinit Service service;
constinit image::Provided provided[] = {provide<Lifecycle>(service, "lifecycle"), provide<Pong>(service, "pong")};
constinit image::Required required[] = {require(service.far, "far"), require(service.near, "near", true)};
constinit image::Provided const* Service::self = &provided[1];

}  // namespace
}  // namespace hinge::call_bench

HINGE_IMAGE("call_bench", hinge::call_bench::provided, hinge::call_bench::required, hinge::host::nothing)
