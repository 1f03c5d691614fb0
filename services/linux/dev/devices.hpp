// The file systems of device nodes.
#pragma once

namespace hinge::linux_service::dev {

/// At start: makes "devtmpfs" and "devpts" known to mount(2).
void add_file_systems();

}  // namespace hinge::linux_service::dev
