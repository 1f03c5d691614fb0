// What services say of their own calls: prices of edges, and records.
#include <algorithm>

#include "placement/directory.hpp"

namespace hinge::placement {
namespace {

Result<Handle> probe_of(Instance const& i) {
  ServedPortal const* const served = i.portal("probe");
  if (!served || served->interface != Probe::List::hash()) return fail(Error::not_supported);
  return served->portal;
}

/// Deletes a capability and all that was made of it.
void take_back(Handle h) {
  for (;;)
    if (auto const revoked = host::cap_revoke(h); revoked || revoked.error() != Error::busy) break;
  (void)host::cap_delete(h);
}

}  // namespace

/// For as long as it is asked, the client holds a portal that leads here.
Result<Probe::Price::Reply> Directory::ask_price(Instance const& client, Binding const& binding, Caller const& caller) const {
  Port<Probe> probe;
  probe.connect(TRY(probe_of(client)));
  Handle const lent = TRY(host::cap_mint(system_, Right::call, 0));
  auto const outside = host::cap_give(client.slot, lent, Right::call, 0);
  Result<Probe::Price::Reply> const reply = outside ? probe.on(Probe::Price{reinterpret_cast<u64>(binding.port), outside->raw()}, caller) : fail(outside.error());
  take_back(lent);
  return reply;
}

Result<System::Price::Reply> Directory::on(System::Price const& request, Caller const& caller) {
  auto const edge = TRY(find_edge(request.edge));
  Instance const& client = instances_[edge.client];
  auto const price = TRY(ask_price(client, client.bindings[edge.call], caller));
  return System::Price::Reply{price.way == u64(Probe::Way::message), price.call, price.message};
}

Result<> Directory::on(System::Trace const& request, Caller const& caller) {
  Result<> all = ok;
  for (Instance const& i : instances_) {
    auto const portal = probe_of(i);
    if (!portal) continue;
    Port<Probe> probe;
    probe.connect(*portal);
    if (auto const done = probe.on(Probe::Trace{request.on}, caller); !done && all) all = fail(done.error());
  }
  return all;
}

Result<System::TakeHops::Reply> Directory::on(System::TakeHops const& request, Caller const& caller) {
  if (request.service >= instances_.size()) return fail(Error::not_found);
  Port<Probe> probe;
  probe.connect(TRY(probe_of(instances_[request.service])));
  Probe::Hop some[8];
  u64 const room = request.into.bytes / sizeof(Probe::Hop);
  System::TakeHops::Reply reply{};
  while (reply.hops < room) {
    u64 const wanted = std::min<u64>(std::size(some), room - reply.hops);
    auto const got = TRY(probe.on(Probe::Take{{reinterpret_cast<u64>(some), u32(wanted * sizeof(Probe::Hop)), 1}}, caller));
    reply.lost += got.lost;
    if (!got.hops || got.hops > wanted) break;
    TRY(request.into.copy_out(reply.hops * sizeof(Probe::Hop), some, got.hops * sizeof(Probe::Hop)));
    reply.hops += got.hops;
  }
  return reply;
}

}  // namespace hinge::placement
