// The console service's image: what it serves and what it hopes to be granted.
#include "host/faults.hpp"
#include "host/image.hpp"
#include "host/probe.hpp"
#include "services/console/service.hpp"

namespace hinge::console {
namespace {

constinit Service service;

constinit image::Provided provided[] = {
    provide<Lifecycle>(service, "lifecycle"),
    provide<Console>(service, "console"),
    provide<Interrupts>(service, "interrupts"),
    provide<Faults>(host::fault_server, "faults"),
    provide<Probe>(host::probe_server, "probe"),
};
constinit image::Granted granted[] = {
    grant(service.handles[0].ports, "com1_ports"),
    grant(service.handles[0].interrupt, "com1_interrupt"),
    grant(service.handles[1].ports, "com2_ports"),
    grant(service.handles[1].interrupt, "com2_interrupt"),
    grant(service.ready, "ready"),
};

}  // namespace
}  // namespace hinge::console

HINGE_IMAGE("console", hinge::console::provided, hinge::host::nothing, hinge::console::granted)
