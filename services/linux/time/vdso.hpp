// The vDSO in processes: one memory object of two pages, the image (user/vdso) and the time page behind it.
#pragma once

#include "services/linux/memory/address_space.hpp"

namespace hinge::linux_service::vdso {

inline constexpr u64 mapped_bytes = 2 * page_bytes;

/// At start, before the first program. no_memory.
Attempt<> start();
/// Maps both pages, readable and executable, where there is room. The address is the image's: AT_SYSINFO_EHDR.
Attempt<u64> map(AddressSpace& space);

}  // namespace hinge::linux_service::vdso
