// Loading: from a file in the boot archive to a slot that holds the image. Between load() and install() the image lies
// in placement's own memory, where the binder completes it: nothing is written to a slot twice.
#pragma once

#include "placement/boot_files.hpp"
#include "placement/instance.hpp"

namespace hinge::placement {

/// Reads and checks the service's image, creates its slot, lays the image out for it.
Checked<> load(BootFiles const& files, Service const& service, Instance& instance);
/// Lays the image out anew in placement's memory, as load() did.
Checked<> unfold(Instance& instance);
/// Commits the slot's memory and copies the image, and the command line, into it.
Checked<> install(BootFiles const& files, Instance& instance);
/// What Lifecycle::Start is told.
Lifecycle::Start start_request(BootFiles const& files, Instance const& instance, bool restarted);

}  // namespace hinge::placement
