// The platform service's image: what it serves and what it hopes to be granted.
#include "host/faults.hpp"
#include "host/image.hpp"
#include "host/probe.hpp"
#include "services/platform/service.hpp"

namespace hinge::platform {
namespace {

constinit Service service;

constinit image::Provided provided[] = {
    provide<Lifecycle>(service, "lifecycle"),
    provide<Platform>(service, "platform"),
    provide<Faults>(host::fault_server, "faults"),
    provide<Probe>(host::probe_server, "probe"),
};
constinit image::Granted granted[] = {
    grant(service.pci_ports, "pci_ports"),
    grant(service.power_ports, "power_ports"),
    grant(service.power, "power"),
};

}  // namespace
}  // namespace hinge::platform

HINGE_IMAGE("platform", hinge::platform::provided, hinge::host::nothing, hinge::platform::granted)
