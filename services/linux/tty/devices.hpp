// Terminals as device nodes, which numbers they have and who opens them; and the start of everything else that this
// part of the personality makes known: the other devices, devtmpfs, devpts, proc and sysfs.
#pragma once

#include "base/result.hpp"

namespace hinge::linux_service::tty {

/// At start, before any process exists: the serial lines, all devices and the generated file systems.
Result<> start();

}  // namespace hinge::linux_service::tty
