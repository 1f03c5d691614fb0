// The ext4 service's image.
#include "host/faults.hpp"
#include "host/image.hpp"
#include "host/probe.hpp"
#include "services/ext4/service.hpp"

namespace hinge::ext4 {
namespace {

constinit Service service;

constinit image::Provided provided[] = {
    provide<Lifecycle>(service, "lifecycle"),
    provide<FileSystem>(service, "files"),
    provide<Faults>(host::fault_server, "faults"),
    provide<Probe>(host::probe_server, "probe"),
};
constinit image::Required required[] = {require(service.disks, "disks")};

}  // namespace
}  // namespace hinge::ext4

HINGE_IMAGE("ext4", hinge::ext4::provided, hinge::ext4::required, hinge::host::nothing)
