// The models that are explored: one with everything that can happen to two threads and two capability slots, and closer
// looks at single parts, where the search comes to its end.
#pragma once

#include <span>

#include "tests/explore/search.hpp"

namespace hinge::explore {

std::span<Model const> models();

}  // namespace hinge::explore
