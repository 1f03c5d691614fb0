// See the header. Pointers into images are slot addresses that ImageView has validated.
#include "placement/binder.hpp"

#include <cstring>

#include "abi/boot_image.hpp"
#include "host/host.hpp"
#include "iface/lifecycle.hpp"
#include "iface/placement.hpp"
#include "placement/devices.hpp"

namespace hinge::placement {
namespace {

std::unexpected<Problem> problem(Service const& s, u32 line, std::initializer_list<std::string_view> parts) {
  return std::unexpected{Problem{s.file, line, parts}};
}

/// Mints what a line of the manifest grants into the service's table. no_handle: it needs no capability of its own.
Result<Handle> give(Instance& to, Grant const& g) {
  using enum boot::Initial;
  auto const narrowed = [&](boot::Initial root, Right rights, u64 badge) { return to.give(boot::initial(root), rights, badge); };
  switch (g.kind) {
    case GrantKind::ports: return narrowed(ports, Right::control, g.first | g.last << 16);
    case GrantKind::interrupt: return narrowed(interrupts, Right::control, g.first);
    case GrantKind::memory: {
      u64 const first = g.first / page_bytes, pages = g.last / page_bytes - first + 1;
      return narrowed(physical_memory, Right::map, first | pages << 32);
    }
    case GrantKind::power: return narrowed(power, Right::control, 0);
    case GrantKind::wall_clock: return narrowed(wall_clock, Right::control, 0);
    case GrantKind::boot_archive:   // Mapped by install().
    case GrantKind::caller_view:    // A right of the capability for the own slot.
    case GrantKind::device:         // By grant_devices().
      return no_handle;
  }
  return fail(Error::invalid);
}

/// What the image lists under that name: a handle, or a record of devices.
Checked<image::Granted const*> find_use(Instance const& to, std::string_view name, bool devices, u32 line) {
  auto const* const granted = to.view().find_granted(name);
  if (granted && !granted->devices != devices) return granted;
  return problem(*to.service, line, {"the image of '", to.service->name, "' has no use for a grant called '", name, "'"});
}

Checked<> hand_over(Instance& to, std::string_view name, Handle handle, u32 line) {
  auto const* const granted = CHECK(find_use(to, name, false, line));
  if (!to.given.add({granted->handle, handle})) return problem(*to.service, line, {"too many grants"});
  return ok;
}

}  // namespace

Checked<> give_grants(Instance& instance) {
  for (Grant const& g : instance.service->grants) {
    auto const handle = give(instance, g);
    if (!handle) return problem(*instance.service, g.line, {"cannot grant '", g.name, "': ", to_string(handle.error())});
    if (*handle != no_handle) CHECK(hand_over(instance, g.name, *handle, g.line));
    if (g.kind == GrantKind::device) CHECK(promise_devices(instance, g, CHECK(find_use(instance, g.name, true, g.line))->devices));
  }
  return ok;
}

Checked<> create_portals(Instance& instance) {
  Service const& s = *instance.service;
  auto const view = instance.view();
  for (image::Provided const& p : view.provided()) {
    bool const lifecycle = p.interface == Lifecycle::List::hash();
    auto const portal = host::portal_create(instance.slot, host::PortalKind::message, view.address_of(&p), lifecycle ? 1 : s.activations);
    if (!portal) return problem(s, s.line, {"no portal for '", text_of(p.name), "': ", to_string(portal.error())});
    ServedPortal served{p.interface, *portal, {}};
    std::memcpy(served.name, p.name, sizeof served.name);
    (void)instance.portals.add(served);  // No more of them than validate() lets pass.
  }
  return ok;
}

namespace {

/// What the two sides of an edge must agree on, and the portal that leads across.
Checked<Binding> find_peer(Instance const& client, Edge const& e, image::Required const& r, std::span<Instance const> all, Handle system) {
  auto const mismatch = [&] {
    return problem(*client.service, e.line, {"'", e.server, "' does not serve what '", client.service->name, "' calls as '", e.role, "'"});
  };
  Binding b{.server = e.index, .port = r.port, .direct = r.direct, .proxies = r.proxies, .user_proxies = r.user_proxies};
  if (e.index == to_placement) {
    if (r.interface != System::List::hash()) return mismatch();
    b.portal = system;
    return b;
  }
  Instance const& server = all[e.index];
  image::Provided const* const p = server.view().find_provided(r.interface);
  if (!p || p->method_count != r.method_count) return mismatch();
  b.peer = p->methods;
  b.instance = p->instance;
  b.portal = server.portal(text_of(p->name))->portal;
  return b;
}

}  // namespace

Checked<> bind_ports(Instance& client, std::span<Instance const> all, Handle system) {
  auto const view = client.view();
  for (Edge const& e : client.service->calls) {
    image::Required const* const r = view.find_required(e.role);
    if (!r) return problem(*client.service, e.line, {"the image of '", client.service->name, "' has no port called '", e.role, "'"});
    Binding binding = CHECK(find_peer(client, e, *r, all, system));
    // The badge says who calls.
    auto const given = client.give(binding.portal, Right::call, client.slot.raw());
    if (!given) return problem(*client.service, e.line, {"cannot bind '", e.role, "': ", to_string(given.error())});
    binding.portal = *given;
    (void)client.bindings.add(binding);  // As many as there are calls.
  }
  return ok;
}

Checked<> bind_signals(Instance& source, std::span<Instance const> all) {
  for (Signal const& g : source.service->signals) {
    ServedPortal const* const target = all[g.index].portal(g.interface);
    if (!target) return problem(*source.service, g.line, {"'", g.service, "' does not serve '", g.interface, "'"});
    auto const made = [&]() -> Result<Handle> {
      Handle const event = TRY(host::event_create());
      TRY(host::event_bind(event, target->portal, 0));
      return source.give(event, Right::signal, 0);
    }();
    if (!made) return problem(*source.service, g.line, {"cannot bind signal '", g.event, "': ", to_string(made.error())});
    CHECK(hand_over(source, g.event, *made, g.line));
  }
  return ok;
}

image::Method const* methods_for(Instance const& client, Binding const& binding, std::span<Instance const> all) {
  if (binding.server != to_placement && client.shares_domain(all[binding.server])) return binding.direct;
  return client.side == Placement::kernel ? binding.proxies : binding.user_proxies;
}

void complete(Instance const& instance, std::span<Instance const> all, host::Table const* kernel_table) {
  auto const view = instance.view();
  view.header().host = instance.side == Placement::kernel ? kernel_table : instance.process_host;
  for (GivenHandle const& g : instance.given) view.at(g.at) = g.handle;
  complete_devices(instance);
  for (Binding const& b : instance.bindings) {
    image::PortBinding& port = view.at(b.port);
    port.direct = b.direct;
    port.peer = b.peer;
    port.instance = b.instance;
    port.portal = b.portal;
    port.methods.store(methods_for(instance, b, all), std::memory_order_relaxed);
  }
}

}  // namespace hinge::placement
