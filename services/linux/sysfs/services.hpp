// Services as /sys/hinge shows them.
#pragma once

#include "services/linux/generated/entry.hpp"
#include "services/linux/sysfs/filesystem.hpp"

namespace hinge::linux_service::sysfs {

Attempt<> make_services(Thread&, generated::Subject const&, Text& to);
Attempt<> make_map(Thread&, generated::Subject const&, Text& to);
Attempt<> move_to_preset(Thread& self, generated::Subject const&, std::string_view text);
Attempt<> inject_fault(Thread& self, generated::Subject const&, std::string_view text);
/// The directory of services: a Subject's number is the service's.
Attempt<generated::Found> find_service(Thread&, generated::Subject const&, std::string_view name);
Attempt<> list_services(Thread&, generated::Subject const&, u64 from, generated::Names& names);

}  // namespace hinge::linux_service::sysfs
