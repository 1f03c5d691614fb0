// Sizes that the nucleus is built for.
#pragma once

#include "base/types.hpp"

namespace hinge::nucleus {

inline constexpr u32 max_cpus = 32;

}  // namespace hinge::nucleus
