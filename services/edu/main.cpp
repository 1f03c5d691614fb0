// The edu service's image: what it serves, whom it calls and what it hopes to be granted.
#include "host/faults.hpp"
#include "host/probe.hpp"
#include "services/edu/service.hpp"

namespace hinge::edu {
namespace {

constinit Service service;

constinit image::Provided provided[] = {
    provide<Lifecycle>(service, "lifecycle"),
    provide<Edu>(service, "edu"),
    provide<Faults>(host::fault_server, "faults"),
    provide<Probe>(host::probe_server, "probe"),
};
constinit image::Required required[] = {require(service.platform, "platform")};
constinit image::Granted granted[] = {grant(service.devices, "edu")};

}  // namespace
}  // namespace hinge::edu

HINGE_IMAGE("edu", hinge::edu::provided, hinge::edu::required, hinge::edu::granted)
