// The library's server of iface/probe.hpp. A service lists it: provide<Probe>(host::probe_server, "probe").
#pragma once

#include "iface/probe.hpp"

namespace hinge::host {

struct ProbeServer {
  Result<> on(Probe::Trace const& request, Caller const&);
  Result<Probe::Take::Reply> on(Probe::Take const& request, Caller const&);
  Result<Probe::Price::Reply> on(Probe::Price const& request, Caller const&);
};
extern ProbeServer probe_server;

}  // namespace hinge::host
