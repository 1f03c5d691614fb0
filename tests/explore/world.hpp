// One state of the exploration: a small Core and, for each thread, how far it has come in what nucleus/call does with it
// between two transitions. A state packs into a few hundred bytes and unpacks again; two states that differ only in
// generations, in the size of counts or in how far deadlines are off pack into the same bytes.
#pragma once

#include <cstddef>
#include <span>

#include "tests/support/small_core.hpp"

namespace hinge::explore {

using namespace nucleus;

/// Bounds of a model. The pools are this small; operations beyond fail with quota.
struct Bounds {
  u32 cpus = 2, threads = 2, portals = 1, events = 1, slots = 2, entries = 1, activations = 2;
  bool deadlines = false;   ///< Of calls.
};

/// Where a thread is between two transitions. All but `user` and `queued` run with interrupts off.
enum class At : u8 {
  user,       ///< In ring 3, or parked from there.
  entering,   ///< Wants in: enter comes next, or enter_directly on the kernel side.
  awaiting,   ///< enter_directly said busy: await_admission comes next.
  seeking,    ///< enter said no: seek comes next.
  equipping,  ///< Has a fresh activation to give stacks to.
  passing,    ///< Has entered after a sleep: pass_on comes next.
  queued,     ///< Parked by seek, or woken from there.
  handing,    ///< Has left an activation: give it to this CPU's pool,
  sharing,    ///< or to those who wait.
  direct,     ///< Inside a handler on the kernel side.
  worker,     ///< A worker on its base: waits for its event next.
};

struct Actor {
  At at = At::user;
  u32 portal = 0, activation = 0;
  u32 deadline = 0;         ///< Of the call it is about to make; 0: none.
  bool may_grow = true;
  bool woken = false;
  bool looked = false;      ///< Knows a count of the event:
  bool moved = false;       ///< which differs from today's.
  u32 depth = 0;            ///< Calls it is inside of, counted here and not by the core.
};

inline constexpr u64 words[] = {4, 4 + 64 * 4};   ///< Two words in one bucket.
inline constexpr u64 soon = 1, later = 2;          ///< The only deadlines.
inline constexpr u8 lowest = 1, highest = 2;       ///< The only priorities.
inline constexpr Right few = Right::call | Right::signal | Right::wait;
inline constexpr u32 most_threads = 8, most_bytes = 768;
inline constexpr i64 most_debt = 2;                ///< In budgets of one nanosecond.

class World {
 public:
  explicit World(Bounds const& bounds);

  /// Bytes written. 0 when a value has left the range that states have: something ran away.
  u32 pack(std::span<std::byte, most_bytes> to);
  void unpack(std::span<std::byte const> from);

  [[nodiscard]] bool off(u32 cpu) const {
    return small_.core.processors[cpu].running && interrupts_off(actors[small_.core.processors[cpu].running->index].at);
  }
  static bool interrupts_off(At at) { return at != At::user && at != At::queued; }
  Slot& add_slot() { return small_.add_slot("slot"); }
  Actor& actor(Thread const& t) { return actors[t.index]; }

  Bounds const bounds;
  Core& core() { return small_.core; }
  void kill(u32 domain) { small_.kill(domain); }
  Actor actors[most_threads + 1];
  bool asked[2] = {};               ///< By CPU: the interrupt that asks to donate is on its way.
  u32 objects = 0;                  ///< References of mm objects that the machine has counted.

 private:
  template <class Archive> void visit(Archive& archive);
  SmallCore small_;
};

}  // namespace hinge::explore

namespace hinge::nucleus {

/// The explorer's way to the private parts that belong to a state.
struct CoreTestAccess {
  template <class T, class F>
  static void pool(Pool<T>& pool, F& f) { f(pool.used_), f(pool.live_), f(pool.free_head_); }
  template <class F>
  static void queues(Core& core, u32 cpu, u32 low, u32 high, F& f) {
    auto& rq = core.run_queues_[cpu];
    f(rq.ready_mask), f(rq.length);
    for (u32 p = low; p <= high; ++p) f(rq.queues[p].head), f(rq.queues[p].tail);
  }
  template <class F>
  static void rest(Core& core, F& f) {
    f(core.words_[1].head), f(core.words_[1].tail), f(core.timer_threads_), f(core.timer_events_), f(core.wanted_), f(core.timed_);
    f(core.leaving_first_), f(core.leaving_last_);
  }
  static u32 ready(Core& core, u32 cpu) { return core.run_queues_[cpu].ready_mask; }
  static u32 timer_threads(Core& core) { return core.timer_threads_; }
};

}  // namespace hinge::nucleus
