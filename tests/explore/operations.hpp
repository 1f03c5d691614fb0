// Everything that can happen to a Core from outside: what native calls, interrupts, callers and the scheduler do, one
// transition at a time, with all arguments that make a difference in a small Core.
#pragma once

#include "tests/explore/world.hpp"

namespace hinge::explore {

// X(name): arguments a, b, c of each stand with its case in operations.cpp.
#define HINGE_OPERATIONS(X)                                                                                           \
  X(mint) X(remove) X(revoke) X(clear_table) X(create_event) X(create_portal) X(create_thread) X(start_thread)        \
  X(kill_thread) X(cancel) X(reprioritise) X(bind) X(admit) X(signal) X(look) X(park) X(set_timer) X(expire)          \
  X(word_wait) X(lock_wait) X(word_wake) X(use) X(call) X(go_on) X(fail_to_equip) X(leave) X(fault) X(place) X(donate) X(pick) X(preempt) X(rest) X(collect)

enum class Do : u8 {
#define X(name) name,
  HINGE_OPERATIONS(X)
#undef X
      count
};

struct Operation {
  Do what = Do::count;
  u8 a = 0, b = 0, c = 0;
};

using Set = u64;
constexpr Set only(auto... which) { return ((Set{1} << u32(which)) | ...); }
inline constexpr Set everything = (Set{1} << u32(Do::count)) - 1;

char const* name_of(Do what);

/// Runs it. False when it cannot happen in this state; then the state may have to be unpacked again.
bool apply(World& world, Operation operation);

/// The operation with its arguments brought inside the bounds.
Operation within(Bounds const& bounds, Operation operation);

/// All operations with all arguments that the bounds allow, of the kinds in `kinds`.
u32 enumerate(Bounds const& bounds, Set kinds, std::span<Operation> into);

/// What must hold beyond Core::check(): nothing is lost on the way between core and callers. Null, or what is broken.
char const* broken_property(World& world);

}  // namespace hinge::explore
