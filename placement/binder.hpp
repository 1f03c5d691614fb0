// Binding: capabilities, portals and ports, so that services find whom the manifest lets them call. Every edge has a
// capability for a portal of the server, in the client's table, for as long as both exist. Where they are says which
// table the port uses: inside one domain the direct one, from the user side the shortest proxies, else the others.
#pragma once

#include <span>

#include "placement/instance.hpp"

namespace hinge::placement {

// ---- once for each service, after load(): what it holds, recorded in the instance ----
/// What the manifest grants goes into the service's table.
Checked<> give_grants(Instance& instance);
/// A portal for each interface that the service serves.
Checked<> create_portals(Instance& instance);
/// Finds the peer of each of its ports, with a capability for the way across domains. `all` is parallel to the manifest's
/// services; `system` is placement's own portal.
Checked<> bind_ports(Instance& client, std::span<Instance const> all, Handle system);
/// Creates the events that the service signals and lets them enter their targets.
Checked<> bind_signals(Instance& source, std::span<Instance const> all);

// ---- each time an image is laid out: what was recorded ----
/// Writes host table, handles and ports into the image in instance.memory, for the place that the instances say.
void complete(Instance const& instance, std::span<Instance const> all, host::Table const* kernel_table);

/// The table that a port uses while client and server are where they are.
image::Method const* methods_for(Instance const& client, Binding const& binding, std::span<Instance const> all);

}  // namespace hinge::placement
