// The lock over every name's parent and text; see name.hpp.
#pragma once

#include "host/mutex.hpp"
#include "services/linux/files/ranks.hpp"

namespace hinge::linux_service {

extern constinit Mutex<rank::Tree> name_tree_lock;

}  // namespace hinge::linux_service
