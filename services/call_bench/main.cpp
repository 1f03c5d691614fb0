// The call benchmark: times Echo's methods through its port with the time-stamp counter, and logs one line each,
// "bench call NAME instructions switches entries" per round trip. With -icount shift=0 a tick is an instruction.
// Loaded twice by presets/bench.place: in a domain of its own (call_*), and in the kernel (call_direct, call_up).
#include "host/image.hpp"
#include "host/log.hpp"
#include "iface/echo.hpp"
#include "iface/lifecycle.hpp"

namespace hinge::call_bench {
namespace {

u64 ticks() {
  u32 low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return u64{high} << 32 | low;
}

constexpr u64 rounds = 10'000;

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
      TRY(measure("call_direct", near, Echo::Nothing{}, caller));
      TRY(measure("call_up", far, Echo::Nothing{}, caller));
      return ok;
    }
    TRY(measure("call_0", far, Echo::Nothing{}, caller));
    TRY(measure("call_6", far, Echo::Six{}, caller));
    TRY(measure("call_64", far, Echo::SixtyFour{}, caller));
    return measure_events();
  }
  Result<> on(Lifecycle::Stop const&, Caller const&) { return ok; }

  Result<> on(Pong::Fired const&, Caller const&) { return host::event_signal(pong_); }

 private:
  template <class M>
  Result<> measure(char const* name, Port<Echo> const& port, M const& request, Caller const& caller) {
    for (int warm = 0; warm < 100; ++warm) TRY(port.on(request, caller));
    auto const before = TRY(port.on(Echo::Counters{}, caller));
    u64 const start = ticks();
    for (u64 i = 0; i < rounds; ++i) TRY(port.on(request, caller));
    u64 const took = ticks() - start;
    auto const after = TRY(port.on(Echo::Counters{}, caller));
    report(name, took, after.switches - before.switches, after.messages - before.messages);
    return ok;
  }

  /// There and back by two events: a worker carries `ping` into Pong, which raises `pong`.
  Result<> measure_events() {
    Handle const ping = TRY(host::event_create());
    pong_ = TRY(host::event_create());
    Handle const portal = TRY(host::portal_create(host::own_slot(), host::PortalKind::message, reinterpret_cast<u64>(self), 2));
    TRY(host::event_bind(ping, portal, Pong::List::index<Pong::Fired>()));
    constexpr u64 second = 1'000'000'000;
    u64 seen = 0, start = 0;
    for (u64 i = 0; i < rounds / 10 + 100; ++i) {
      if (i == 100) start = ticks();
      TRY(host::event_signal(ping));
      seen = TRY(host::event_wait(pong_, seen, host::clock() + second));
    }
    host::log("bench call event_round_trip {} 0 0", (ticks() - start) / (rounds / 10));
    return ok;
  }

  static void report(char const* name, u64 took, u64 switches, u64 messages) {
    // A message enters ring 0 twice when its caller is in ring 3 (call, reply), once when it is not.
    u64 const per_message = messages ? 2 : 0;
    host::log("bench call {} {} {} {}", name, took / rounds, (switches + rounds / 2) / rounds, per_message);
  }

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
