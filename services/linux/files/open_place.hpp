// Where /proc/PID/fd/N leads when the file there was never found by a name: a pipe, a socket, an eventfd.
#pragma once

#include "services/linux/files/path.hpp"

namespace hinge::linux_service {

/// A place outside every directory, made for the moment. It shows the file's status; opening it is File::open_again.
Attempt<Path> place_of_open_file(Thread& self, Ref<File> file);

}  // namespace hinge::linux_service
