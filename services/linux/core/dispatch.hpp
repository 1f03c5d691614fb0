// The personality's one entrance; HINGE_IMAGE names it (main.cpp). See abi/linux_entry.hpp for the contract.
#pragma once

#include "abi/linux_entry.hpp"
#include "services/linux/core/syscall.hpp"
#include "services/linux/core/user_memory.hpp"

namespace hinge::linux_service {

/// `cookie` is a Thread.
linux_entry::Answer handle_linux(void* cookie, u64 number_and_reason, u64 const* words);

/// For who records requests (core/trace.hpp): the handler of a number, null for none; and what is issued in place of each of
/// them and of page faults from now on, null: they themselves.
Handler handler_of(u64 number);
void issue_through(Handler instead);

}  // namespace hinge::linux_service
