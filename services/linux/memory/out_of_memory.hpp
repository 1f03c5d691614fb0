// Who has to go when memory is out: the process whose end gives back the most, as its owner has weighed it
// (/proc/PID/oom_score_adj), not the one that happens to ask last.
#pragma once

#include "services/linux/core/thread.hpp"

namespace hinge::linux_service::memory {

/// How bad it is: of a thousand, the share of all memory that it has, moved by oom_score_adj. 0: never chosen.
[[nodiscard]] u32 badness(Process& process);

/// Memory is out and no cache has anything to give: ends the worst process, and says so in the log. Blocks `self` until
/// some is free again; then its fault happens anew. When `self` belongs to the one that ends, returns at once.
Value make_room(Thread& self);

}  // namespace hinge::linux_service::memory
