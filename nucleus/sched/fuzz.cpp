// The preemption fuzzer: at the ways out of the nucleus, and at timer interrupts of its own, threads lose their CPU when
// nothing asks for it. What it decides follows from the seed and, on one CPU, from nothing but the order of events.
#include "nucleus/sched/sched.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {

constinit bool fuzzing = false;

namespace {

constexpr u64 one_in = 8;
constexpr u64 longest_pause_ns = 2'000'000;

constinit u64 states[max_cpus] = {};

/// xorshift64 (Marsaglia, Xorshift RNGs, 2003), one for each CPU.
u64 next_random() {
  u64& s = states[cpu().id];
  s ^= s << 13;
  s ^= s >> 7;
  return s ^= s << 17;
}

}  // namespace

void start_fuzzing(u64 seed) {
  for (u32 id = 0; id < max_cpus; ++id) states[id] = (seed * max_cpus + id) * 0x9e37'79b9'7f4a'7c15 | 1;
  fuzzing = true;
}

void fuzz_exit() {
  u64 const random = next_random() >> 8;
  Thread& t = current();
  if (random % one_in || &t == cpu().local) return;
  CoreGuard guard;
  u32 const there = u32(random >> 8) % core.cpus;
  if (random & one_in && t.cpu_mask >> there & 1) t.cpu = there;
  core.make_ready(t);
  switch_away();
}

void fuzz_timer(u64 now_ns) {
  cpu().pending |= pending_reschedule;
  u64 const next = now_ns + next_random() % longest_pause_ns;
  if (next < cpu().timer_deadline_ns) arm_timer(next);
}

}  // namespace hinge::nucleus
