// Terminals as device nodes: which numbers they have and who opens them.
#pragma once

#include "base/result.hpp"

namespace hinge::linux_service::tty {

/// At start: the serial lines, and the openers for the major numbers 4, 5 and 136. Before any process exists.
Result<> start();

}  // namespace hinge::linux_service::tty
