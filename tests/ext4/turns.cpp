#include "tests/ext4/turns.hpp"

#include <algorithm>
#include <thread>

#include "tests/support/fake_host.hpp"

namespace hinge::test {
namespace {

thread_local std::binary_semaphore* own_turn = nullptr;

/// Whoever waits for a word looks at it again when it is his turn. At the end of run() the wait sleeps for nobody.
i64 wait_in_turn(u64, u64, u64, u64, u64, u64) {
  Turns::change();
  return 0;
}

}  // namespace

Turns* Turns::running_ = nullptr;

void Turns::run(std::vector<std::function<void()>> const& parts) {
  fake_host::replace(native::Number::word_wait, wait_in_turn);
  running_ = this;
  std::vector<std::thread> threads;
  for (usize i = 0; i < parts.size(); ++i) threads_.push_back(std::make_unique<Turn>(0));
  for (usize i = 0; i < parts.size(); ++i) threads.emplace_back([this, &own = *threads_[i], &part = parts[i]] { work(own, part); });
  pass_on();
  for (auto& t : threads) t.join();
  running_ = nullptr;
}

void Turns::work(Turn& own, std::function<void()> const& part) {
  own_turn = &own;
  own.acquire();
  part();
  auto const mine = std::find_if(threads_.begin(), threads_.end(), [&](auto const& t) { return t.get() == &own; });
  auto const kept = std::move(*mine);
  threads_.erase(mine);
  pass_on();
}

void Turns::pass_on() {
  if (!threads_.empty()) threads_[random_() % threads_.size()]->release();
}

void Turns::change() {
  if (!running_) return;
  running_->pass_on();
  own_turn->acquire();
}

}  // namespace hinge::test
