// What the start-up code shares among its files.
#pragma once

#include "base/types.hpp"

namespace hinge::nucleus {

/// The static tables map this much; frames taken before the final tables must lie below.
inline constexpr u64 early_limit = u64{1} << 30;

/// Copies everything of use out of the start information.
void boot_info_init(PhysAddr start_info);
void boot_info_set_root(PhysAddr root);

/// A zeroed frame for good, out of boot_info().free. Until nucleus_main only.
PhysAddr early_frame();

}  // namespace hinge::nucleus
