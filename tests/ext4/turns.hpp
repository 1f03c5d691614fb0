// Turns: threads of which one runs at a time and which change at known places, in an order that a seed decides. So what
// happens among several requests inside a service happens again. Waits on words are such places.
#pragma once

#include <functional>
#include <memory>
#include <random>
#include <semaphore>
#include <vector>

#include "base/types.hpp"

namespace hinge::test {

class Turns {
 public:
  explicit Turns(u64 seed) : random_{seed} {}
  Turns(Turns const&) = delete;
  Turns& operator=(Turns const&) = delete;

  /// Runs them all to their ends. One Turns at a time in a process.
  void run(std::vector<std::function<void()>> const& parts);
  /// Perhaps another one's turn. Outside of run() nothing happens.
  static void change();

 private:
  using Turn = std::binary_semaphore;

  void pass_on();
  void work(Turn& own, std::function<void()> const& part);

  static Turns* running_;
  // Touched by whoever has the turn.
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Turn>> threads_;   ///< Those that are not at their ends.
};

}  // namespace hinge::test
