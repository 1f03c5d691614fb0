#include "services/linux/sysfs/prices.hpp"

#include "host/heap.hpp"
#include "iface/probe.hpp"
#include "services/linux/core/trace.hpp"
#include "services/linux/sysfs/services.hpp"

namespace hinge::linux_service::sysfs {
namespace {

using generated::Subject;

std::string_view way_of(u32 way) {
  constexpr std::string_view names[] = {"call", "message", "request"};
  return way < std::size(names) ? names[way] : "?";
}

void add_hop(Text& to, std::string_view service, Probe::Hop const& h) {
  to.add("{} {} {} {} {} {} {} {} {}\n", service, way_of(h.way), h.start, h.end, h.stack, h.thread, h.outcome, name_in(h.method),
         *h.port ? name_in(h.port) : std::string_view{"-"});
}

constexpr u64 hops_at_once = 40;

/// All that one service has; a service without a Probe has nothing.
Attempt<> take_from(u64 index, Probe::Hop* hops, Text& to, u64& lost) {
  auto const service = ATTEMPT(describe(index));
  for (;;) {
    Buffer const into{reinterpret_cast<u64>(hops), u32(hops_at_once * sizeof(Probe::Hop)), 1};
    auto const got = system_port.on(System::TakeHops{into, index}, Caller{});
    if (!got && got.error() == Error::not_supported) return ok;
    auto const taken = ATTEMPT(got);
    lost += taken.lost;
    for (u64 i = 0; i < taken.hops && i < hops_at_once; ++i) add_hop(to, name_in(service.name), hops[i]);
    if (taken.hops < hops_at_once) return ok;
  }
}

}  // namespace

Attempt<> make_prices(Thread&, Subject const&, Text& to) {
  System::Count::Reply const counts = ATTEMPT(system_port.on(System::Count{}, Caller{}));
  for (u64 i = 0; i < counts.edges; ++i) {
    auto const edge = ATTEMPT(system_port.on(System::DescribeEdge{i}, Caller{}));
    auto const price = system_port.on(System::Price{i}, Caller{});
    if (!price) continue;  // Its client cannot be looked at, or is not alive.
    auto const client = ATTEMPT(describe(edge.client));
    std::string_view server = "placement";
    System::Describe::Reply of_server;
    if (edge.server < counts.services) {
      of_server = ATTEMPT(describe(edge.server));
      server = name_in(of_server.name);
    }
    to.add("{} {} {} {} {} {}\n", name_in(client.name), name_in(edge.role), server, price->message_now ? "message" : "call", price->call, price->message);
  }
  return ok;
}

Attempt<> stop_tracing() {
  trace_requests(0);
  ATTEMPT(system_port.on(System::Trace{0}, Caller{}));
  return ok;
}

Attempt<> set_trace(Thread& self, Subject const&, std::string_view text) {
  u64 const group = ATTEMPT(generated::number_in(ATTEMPT(command(self, text))));
  if (group > 0x7fff'ffff) return fail(Errno::invalid);
  if (group) {
    // Ports first: the recorder has its room then.
    auto const room = system_port.on(System::Trace{1}, Caller{});
    if (room) return trace_requests(i32(group)), ok;
    (void)stop_tracing();
    return fail(from(room.error()));
  }
  return stop_tracing();
}

Attempt<> take_trace(Thread&, Subject const&, Text& to) {
  auto* const hops = static_cast<Probe::Hop*>(host::allocate(hops_at_once * sizeof(Probe::Hop)));
  if (!hops) return fail(Errno::no_memory);
  u64 lost = 0;
  Attempt<> all = ok;
  Attempt<u64> const services = service_count();
  if (!services) all = fail(services.error());
  for (u64 i = 0; all && i < *services; ++i) all = take_from(i, hops, to, lost);
  host::release(hops);
  if (lost) to.add("lost {}\n", lost);
  return all;
}

}  // namespace hinge::linux_service::sysfs
