// The system as a whole: its name, its first process.
#pragma once

#include <string_view>

#include "iface/platform.hpp"
#include "services/linux/core/thread.hpp"

namespace hinge::linux_service {

/// struct utsname: six fields of 65 bytes.
struct SystemName {
  static constexpr usize field_bytes = 65;
  char system[field_bytes], node[field_bytes], release[field_bytes], version[field_bytes], machine[field_bytes], domain[field_bytes];
};
SystemName system_name();

/// Ends the machine; returns only when that does not work.
Attempt<> stop_machine(host::Stop how);
extern Port<Platform> platform_port;  ///< Whom stop_machine asks.

/// Makes process 1 and starts it. It begins by executing `path` (empty: /run/hinge/init, /sbin/init, /init) with the words of
/// `arguments` (blank-separated, double quotes keep blanks together); both texts live forever.
Attempt<> start_first_process(std::string_view path, std::string_view arguments);
/// What the first thread does when it is issued for the first time, in its own context.
Value run_first_program(Thread& self);

/// Process 1 is over: there is nothing left to do but to stop the machine.
void first_process_ended(Process& first);

}  // namespace hinge::linux_service
