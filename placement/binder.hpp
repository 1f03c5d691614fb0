// Binding: capabilities, portals and ports, so that services find whom the manifest lets them call. Inside one domain a
// port leads to the server's own methods; across domains to the client's proxies with a capability for a portal.
#pragma once

#include <span>

#include "placement/instance.hpp"

namespace hinge::placement {

/// After load(), before install(): what the manifest grants goes into the service's table and handles.
Checked<> give_grants(Instance& instance);
/// A portal for each interface that the service serves.
Checked<> create_portals(Instance& instance);
/// Binds the ports of `client`. `all` is parallel to the manifest's services; `system` is placement's own portal.
Checked<> bind_ports(Instance& client, std::span<Instance const> all, Handle system);
/// Creates the events that the service signals and lets them enter their targets.
Checked<> bind_signals(Instance& source, std::span<Instance const> all);

}  // namespace hinge::placement
