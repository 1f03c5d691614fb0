// procfs: processes and the system as files (proc(5)), for ps, top, free, mount and the C libraries.
#pragma once

#include <string_view>

namespace hinge::linux_service::proc {

/// At start: makes "proc" known to mount(2).
void add_file_system();
/// What /proc/cmdline shows; the text outlives the system.
void set_kernel_command_line(std::string_view text);

}  // namespace hinge::linux_service::proc
