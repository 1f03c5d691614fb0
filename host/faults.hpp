// The library's server of iface/faults.hpp. A service lists it: provide<Faults>(host::fault_server, "faults").
#pragma once

#include "host/fault_point.hpp"
#include "iface/faults.hpp"

namespace hinge::host {

/// For a driver: what its image does for Faults::Kind::wild_dma. Null: it has no device.
inline constinit void (*mislead_device)() = nullptr;

struct FaultServer {
  Result<> on(Faults::Break const& request, Caller const& caller);
  Result<> on(Faults::Arm const& request, Caller const& caller);
};
extern FaultServer fault_server;

}  // namespace hinge::host
