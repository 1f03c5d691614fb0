#include "host/probe.hpp"

#include <algorithm>

#include "host/image.hpp"
#include "host/trace.hpp"

namespace hinge::host {

constinit ProbeServer probe_server;

namespace {

constinit std::atomic<bool> being_taken;

Error answer_nothing(void*, void const*, void*, Caller const&) { return Error::none; }

/// The fewest ticks of one out of many; the first rounds warm up.
template <class F>
u64 fewest(F one) {
  constexpr u32 batches = 8, batch = 16;
  u64 best = ~u64{0};
  for (u32 i = 0; i < batches; ++i) {
    u64 const start = ticks();
    for (u32 j = 0; j < batch; ++j) one();
    best = std::min(best, (ticks() - start) / batch);
  }
  return best;
}

/// What a function call through a gate costs, whoever the peer is.
u64 price_of_call() {
  static constexpr image::Method entry[] = {::hinge::detail::direct<0>}, peer[] = {answer_nothing};
  static constinit image::PortBinding gate{.methods = entry, .direct = entry, .peer = peer};
  return fewest([] { (void)gate.methods.load(std::memory_order_relaxed)[0](&gate, nullptr, nullptr, Caller{}); });
}

/// What a message costs that its receiver answers at once: no interface has a method of that number.
u64 price_of_message(Handle portal) {
  constexpr u32 no_method = 0xffff;
  u64 words[native::register_words] = {};
  if (hinge_image.host == hinge_image.process_host) return fewest([&] { (void)call_in_registers<0, 0>(portal, no_method, 0, words, words); });
  return fewest([&] { (void)table().call(portal, no_method, 0, words, Caller{}); });
}

}  // namespace

Result<> ProbeServer::on(Probe::Trace const& request, Caller const&) {
  if (!request.on) {
    trace_ports(false);
    return ok;
  }
  if (being_taken.exchange(true, std::memory_order_acquire)) return fail(Error::busy);
  auto const cleared = recorder.clear();
  being_taken.store(false, std::memory_order_release);
  TRY(cleared);
  trace_ports(true);
  return ok;
}

Result<Probe::Take::Reply> ProbeServer::on(Probe::Take const& request, Caller const&) {
  if (being_taken.exchange(true, std::memory_order_acquire)) return fail(Error::busy);
  Result<> copied = ok;
  u64 hops = 0;
  Probe::Hop some[4];
  u64 const room = request.into.bytes / sizeof(Probe::Hop);
  while (copied && hops < room) {
    u64 const got = recorder.take({some, std::min<u64>(std::size(some), room - hops)});
    if (!got) break;
    copied = request.into.copy_out(hops * sizeof(Probe::Hop), some, got * sizeof(Probe::Hop));
    hops += got;
  }
  being_taken.store(false, std::memory_order_release);
  TRY(copied);
  return Probe::Take::Reply{hops, recorder.take_lost()};
}

Result<Probe::Price::Reply> ProbeServer::on(Probe::Price const& request, Caller const&) {
  std::span<image::Required const> const ports{hinge_image.required, hinge_image.required_count};
  auto const found = std::find_if(ports.begin(), ports.end(), [&](auto const& r) { return reinterpret_cast<u64>(r.port) == request.port; });
  if (found == ports.end()) return fail(Error::invalid);
  image::Required const& port = *found;
  auto const bound = port.port->methods.load(std::memory_order_relaxed);
  bool const direct = (bound == port.traced ? port.port->untraced : bound) == port.direct;
  Handle const far = direct ? Handle{u32(request.outside)} : port.port->portal;
  return Probe::Price::Reply{u64(direct ? Probe::Way::call : Probe::Way::message), price_of_call(), price_of_message(far)};
}

}  // namespace hinge::host
