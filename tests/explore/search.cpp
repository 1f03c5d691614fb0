#include "tests/explore/search.hpp"

#include <algorithm>
#include <cstring>

namespace hinge::explore {

namespace {

/// All states met so far, packed behind each other, found by hash.
class States {
 public:
  explicit States(u32 most) : table_(std::size_t{1} << (33 - __builtin_clz(most))) {}

  /// Its number, and whether it is new.
  std::pair<u32, bool> add(std::span<std::byte const> state) {
    u64 const h = hash(state);
    for (u64 at = h;; ++at) {
      u32& entry = table_[at & (table_.size() - 1)];
      if (!entry) {
        at_.push_back({bytes_.size(), u32(state.size())});
        bytes_.insert(bytes_.end(), state.begin(), state.end());
        entry = u32(at_.size());
        return {entry - 1, true};
      }
      auto const other = get(entry - 1);
      if (other.size() == state.size() && std::memcmp(other.data(), state.data(), state.size()) == 0) return {entry - 1, false};
    }
  }
  [[nodiscard]] std::span<std::byte const> get(u32 number) const { return {&bytes_[at_[number].first], at_[number].second}; }
  [[nodiscard]] u32 size() const { return u32(at_.size()); }

 private:
  static u64 hash(std::span<std::byte const> state) {
    u64 h = 0x9e37'79b9'7f4a'7c15 * state.size();
    u64 word = 0;
    for (std::size_t i = 0; i < state.size(); i += 8) {
      word = 0;
      std::memcpy(&word, &state[i], std::min<std::size_t>(8, state.size() - i));
      h = (h ^ word) * 0xff51'afd7'ed55'8ccd;
      h ^= h >> 32;
    }
    return h;
  }
  std::vector<u32> table_;
  std::vector<std::pair<u64, u32>> at_;
  std::vector<std::byte> bytes_;
};

struct Step { u32 from; Operation by; };

}  // namespace

Outcome search(Model const& model, u32 most_states) {
  Outcome outcome;
  World world{model.bounds};
  model.start(world);
  Operation operations[512];
  u32 const count = enumerate(model.bounds, model.kinds, operations);

  States states{most_states};
  std::vector<Step> steps;
  std::byte packed[most_bytes];
  std::vector<std::byte> from;

  // Looks at the world as it is; true when the search is over.
  auto const arrive = [&](Step step) {
    u32 const bytes = world.pack(packed);
    auto const [number, fresh] = bytes ? states.add({packed, bytes}) : std::pair{0u, true};
    if (!fresh) return false;
    if (bytes) steps.push_back(step);
    outcome.broken = world.core().check();
    if (!outcome.broken) outcome.broken = bytes ? broken_property(world) : "a value has left its range";
    if (!outcome.broken) return false;
    for (; step.by.what != Do::count; step = steps[step.from]) outcome.way.push_back(step.by);
    std::ranges::reverse(outcome.way);
    return true;
  };

  if (arrive({0, {}})) return outcome;
  u32 level_ends = 1;
  for (u32 at = 0; at < states.size() && states.size() < most_states; ++at) {
    if (at == level_ends) {
      ++outcome.depth;
      level_ends = states.size();
    }
    auto const state = states.get(at);
    from.assign(state.begin(), state.end());
    for (u32 i = 0; i < count; ++i) {
      world.unpack(from);
      if (!apply(world, operations[i])) continue;
      ++outcome.transitions;
      if (arrive({at, operations[i]})) {
        outcome.states = states.size();
        return outcome;
      }
    }
    outcome.complete = at + 1 == states.size();
  }
  outcome.states = states.size();
  return outcome;
}

}  // namespace hinge::explore
