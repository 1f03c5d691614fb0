// The personality's one entrance; HINGE_IMAGE names it (main.cpp). See abi/linux_entry.hpp for the contract.
#pragma once

#include "services/linux/core/user_memory.hpp"

namespace hinge::linux_service {

/// `cookie` is a Thread, `where` a linux_entry::Outcome. Returns what the program finds in rax.
u64 handle_linux(void* cookie, u64 number_and_reason, u64 const* words, void* where);

}  // namespace hinge::linux_service
