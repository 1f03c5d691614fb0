#include "services/linux/memory/out_of_memory.hpp"

#include <algorithm>

#include "host/log.hpp"
#include "services/linux/core/machine.hpp"
#include "services/linux/process/exit.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/time/clock.hpp"

namespace hinge::linux_service::memory {
namespace {

constexpr i32 scale = 1000;
/// How long one that was killed may take before the wait looks again.
constexpr u64 look_again_ns = second_ns / 100;

/// One choice at a time: two threads that run out together must not choose two.
constinit std::atomic<bool> choosing{false};

struct Choice {
  Ref<Process> process;
  u32 badness = 0;
  bool already_ending = false;  ///< Somebody who was chosen before has not left yet.
};

/// Whether it still holds memory that its end will give back.
bool holds_memory(Process& p) { return p.life.load(std::memory_order_relaxed) == Life::ending && p.shared_space(); }

Choice choose() {
  Choice worst;
  for (i32 pid = next_pid(1); pid; pid = next_pid(pid)) {
    Ref<Process> p = find_process(pid);
    if (!p) continue;
    if (p->chosen_to_end.load(std::memory_order_relaxed) && (holds_memory(*p) || !p->is_over())) worst.already_ending = true;
    if (p->is_over()) continue;
    u32 const bad = badness(*p);
    if (bad > worst.badness) worst = {std::move(p), bad, worst.already_ending};
  }
  return worst;
}

void end(Process& p) {
  u64 kib = 0;
  if (Ref<AddressSpace> const space = p.shared_space()) kib = space->resident_bytes() / page_bytes * (page_bytes / 1024);
  char name[sizeof Thread::name] = {};
  {
    Guard guard{p.lock};
    if (p.threads) std::copy_n(p.threads->name, sizeof name, name);
    p.chosen_to_end.store(true, std::memory_order_relaxed);
    end_group(p, u32(Signal::kill));
  }
  host::log("out of memory: process {} ({}) is killed, it had {} KiB, oom_score_adj {}", p.pid, static_cast<char const*>(name), kib,
            p.badness_adjustment.load(std::memory_order_relaxed));
}

}  // namespace

u32 badness(Process& process) {
  i32 const adjustment = process.badness_adjustment.load(std::memory_order_relaxed);
  Ref<AddressSpace> const space = process.shared_space();
  if (adjustment == -scale || !space || process.pid == 1) return 0;
  i64 const share = i64(space->resident_bytes() / page_bytes * scale / std::max<u64>(machine().frames, 1));
  return u32(std::max<i64>(share + adjustment, 1));
}

Value make_room(Thread& self) {
  if (!choosing.exchange(true, std::memory_order_acquire)) {
    Choice const choice = choose();
    // With nobody else to choose, who asks goes; process 1 too, since there is nothing left to run beside it.
    if (!choice.already_ending) end(choice.process ? *choice.process : self.process());
    choosing.store(false, std::memory_order_release);
  }
  if (self.interrupted() || self.request.timed_out()) return 0;
  return self.block(now_ns() + look_again_ns, Errno::interrupted);
}

}  // namespace hinge::linux_service::memory
