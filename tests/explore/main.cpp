// The explorer: visits all states of small Cores, breadth first, and checks every invariant in each.
//   explorer [--long] [MODEL]...    all models when none is named; exit 1 and the way there when an invariant breaks
#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

#include "tests/explore/models.hpp"

namespace {

using namespace hinge::explore;

bool explore(Model const& model, bool longer) {
  auto const begin = std::chrono::steady_clock::now();
  Outcome const o = search(model, longer ? model.states_long : model.states);
  double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%s (%s): %u states, %llu transitions, depth %u, %s, %.1f s\n", model.name, model.what, o.states,
              static_cast<unsigned long long>(o.transitions), o.depth, o.complete ? "complete" : "up to the bound", seconds);
  if (!o.broken) return true;
  std::printf("broken: %s\n", o.broken);
  for (Operation const& step : o.way) std::printf("    %s %u %u %u\n", name_of(step.what), step.a, step.b, step.c);
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  bool longer = false;
  std::vector<Model const*> chosen;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--long") == 0) {
      longer = true;
      continue;
    }
    auto const before = chosen.size();
    for (Model const& m : models()) {
      if (std::strcmp(m.name, arguments[i]) == 0) chosen.push_back(&m);
    }
    if (chosen.size() == before) {
      std::fprintf(stderr, "explorer: no model '%s'\n", arguments[i]);
      return 2;
    }
  }
  if (chosen.empty()) {
    for (Model const& m : models()) chosen.push_back(&m);
  }
  for (Model const* m : chosen) {
    if (!explore(*m, longer)) return 1;
  }
  return 0;
}
