// Services as /sys/hinge shows them.
#pragma once

#include <algorithm>

#include "services/linux/generated/entry.hpp"
#include "services/linux/sysfs/filesystem.hpp"

namespace hinge::linux_service::sysfs {

/// A field that holds a name, and what the directory says of a service (no_entry beyond the last).
template <usize N>
std::string_view name_in(char const (&field)[N]) { return {field, usize(std::find(field, field + N, '\0') - field)}; }
Attempt<System::Describe::Reply> describe(u64 index);
Attempt<u64> service_count();
/// What a line written to a file says; only an administrator's counts.
Attempt<std::string_view> command(Thread& self, std::string_view text);

Attempt<> make_services(Thread&, generated::Subject const&, Text& to);
Attempt<> make_map(Thread&, generated::Subject const&, Text& to);
Attempt<> move_to_preset(Thread& self, generated::Subject const&, std::string_view text);
Attempt<> inject_fault(Thread& self, generated::Subject const&, std::string_view text);
/// The directory of services: a Subject's number is the service's.
Attempt<generated::Found> find_service(Thread&, generated::Subject const&, std::string_view name);
Attempt<> list_services(Thread&, generated::Subject const&, u64 from, generated::Names& names);

}  // namespace hinge::linux_service::sysfs
