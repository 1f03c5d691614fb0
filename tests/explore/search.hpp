// Breadth-first search through all states that a set of operations reaches, each checked once, with the shortest way to
// the first broken one.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/explore/operations.hpp"

namespace hinge::explore {

/// What is explored: bounds, where it begins, what may happen, and how many states are enough.
struct Model {
  char const* name;
  char const* what;
  Bounds bounds;
  void (*start)(World&);
  Set kinds;
  u32 states, states_long;   ///< The search stops after so many, saying so.
};

struct Outcome {
  u32 states = 0, depth = 0;
  u64 transitions = 0;
  bool complete = false;                ///< Every reachable state was visited.
  char const* broken = nullptr;
  std::vector<Operation> way;           ///< To the broken state.
};

Outcome search(Model const& model, u32 most_states);

}  // namespace hinge::explore
