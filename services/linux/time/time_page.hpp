// Now, without asking the nucleus: the page that programs read through the vDSO is the personality's own clock, too, so that
// a call and the vDSO never disagree.
#pragma once

#include "abi/threads.hpp"
#include "abi/time_page.hpp"

namespace hinge::linux_service {

/// A page of its own (vdso_image.S), since it is mapped into every process. Written at start and when the wall clock is set.
extern "C" [[gnu::visibility("hidden")]] TimePage hinge_time_page;

/// At start, from what the host says of the counter. The wall clock goes on from the host's.
void start_clock(host::SystemInfo const& info);

/// Nanoseconds since boot, as host::clock counts them.
inline u64 now_ns() { return monotonic_ns(hinge_time_page); }

}  // namespace hinge::linux_service
