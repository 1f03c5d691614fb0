// What crossing a boundary costs, and which boundaries a program's requests cross, as /sys/hinge shows it.
#pragma once

#include "services/linux/generated/entry.hpp"

namespace hinge::linux_service::sysfs {

/// "client role server way call message" a line, the last two in ticks there and back, measured now: what an empty request costs
/// with both in one domain, and in two.
Attempt<> make_prices(Thread&, generated::Subject const&, Text& to);
/// Takes a process group's number: from now on its requests and all services' calls are recorded; 0 ends that.
Attempt<> set_trace(Thread& self, generated::Subject const&, std::string_view text);
/// What was recorded since the last time: "service way start end stack thread outcome method port" a line, in no order; and
/// "lost N" when records found no room.
Attempt<> take_trace(Thread&, generated::Subject const&, Text& to);

}  // namespace hinge::linux_service::sysfs
