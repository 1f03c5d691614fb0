// What the personality's own memory holds, as /sys/hinge/heap shows it.
#pragma once

#include "services/linux/generated/entry.hpp"

namespace hinge::linux_service::sysfs {

/// "size blocks committed" a line for each size of blocks, in bytes but for the count; then "large", "spans" (free ones)
/// and "pages" (of the page caches, with an owner), each with a count and the bytes of its frames.
Attempt<> make_heap(Thread&, generated::Subject const&, Text& to);

}  // namespace hinge::linux_service::sysfs
