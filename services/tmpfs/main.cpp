// The tmpfs service's image.
#include "host/faults.hpp"
#include "host/image.hpp"
#include "host/probe.hpp"
#include "services/tmpfs/service.hpp"

namespace hinge::tmpfs {
namespace {

constinit Service service;

constinit image::Provided provided[] = {
    provide<Lifecycle>(service, "lifecycle"),
    provide<FileSystem>(service, "files"),
    provide<Faults>(host::fault_server, "faults"),
    provide<Probe>(host::probe_server, "probe"),
};

}  // namespace
}  // namespace hinge::tmpfs

HINGE_IMAGE("tmpfs", hinge::tmpfs::provided, hinge::host::nothing, hinge::host::nothing)
