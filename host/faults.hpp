// The library's server of iface/faults.hpp. A service lists it: provide<Faults>(host::fault_server, "faults").
#pragma once

#include "host/fault_point.hpp"
#include "iface/faults.hpp"

namespace hinge::host {

struct FaultServer {
  Result<> on(Faults::Break const& request, Caller const& caller);
  Result<> on(Faults::Arm const& request, Caller const& caller);
};
extern FaultServer fault_server;

}  // namespace hinge::host
