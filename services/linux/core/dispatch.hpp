// The personality's one entrance; HINGE_IMAGE names it (main.cpp). See abi/linux_entry.hpp for the contract.
#pragma once

#include "abi/linux_entry.hpp"
#include "services/linux/core/user_memory.hpp"

namespace hinge::linux_service {

/// `cookie` is a Thread.
linux_entry::Answer handle_linux(void* cookie, u64 number_and_reason, u64 const* words);

}  // namespace hinge::linux_service
