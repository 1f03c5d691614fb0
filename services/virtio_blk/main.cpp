// The virtio_blk service's image: what it serves, whom it calls and what it hopes to be granted.
#include "host/faults.hpp"
#include "host/image.hpp"
#include "host/probe.hpp"
#include "services/virtio_blk/service.hpp"

namespace hinge::virtio_blk {
namespace {

constinit Service service;

constinit image::Provided provided[] = {
    provide<Lifecycle>(service, "lifecycle"),
    provide<BlockDevice>(service, "disks"),
    provide<Faults>(host::fault_server, "faults"),
    provide<Probe>(host::probe_server, "probe"),
};
constinit image::Required required[] = {
    require<Platform>(service.platform, "platform"),
};
constinit image::Granted granted[] = {
    grant(service.devices, "disks"),
};

}  // namespace
}  // namespace hinge::virtio_blk

HINGE_IMAGE("virtio_blk", hinge::virtio_blk::provided, hinge::virtio_blk::required, hinge::virtio_blk::granted)
