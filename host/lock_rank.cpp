// The check behind Mutex ranks, in debug builds and host tests. A service has no per-thread state, so what a thread
// holds is recorded under its stack: a handler takes and gives back its locks on one activation stack, and those (user
// side and kernel side alike) lie in strides of their own. A small table keyed by stride number holds one bit a level.
#include "host/mutex.hpp"

#if defined(HINGE_DEBUG) || defined(HINGE_HOST)

namespace hinge::detail {
namespace {

#ifdef HINGE_HOST
constinit thread_local u64 held_levels = 0;
u64& held() { return held_levels; }
#else
static_assert(layout::activation_stack_stride == layout::kernel_stack_stride);
constexpr usize entries = 256;
struct Entry { std::atomic<u64> stack{0}; u64 levels = 0; };
constinit Entry table[entries];

/// The calling stack's entry; entries are claimed once and stay, as stacks do.
u64& held() {
  u64 const stack = reinterpret_cast<u64>(__builtin_frame_address(0)) / layout::activation_stack_stride;
  for (usize i = 0; i < entries; ++i) {
    Entry& e = table[(stack + i) % entries];
    u64 seen = e.stack.load(std::memory_order_relaxed);
    if (seen == stack) return e.levels;
    if (seen == 0 && (e.stack.compare_exchange_strong(seen, stack) || seen == stack)) return e.levels;
  }
  __builtin_trap();
}
#endif

}  // namespace

void rank_acquired(u32 level, bool several) {
  u64& levels = held();
  u64 const not_below = ~u64{0} << level;
  u64 const forbidden = several ? not_below & ~(u64{1} << level) : not_below;
  if (levels & forbidden) __builtin_trap();  // A lock of this rank or an inner one is already held: see the backtrace.
  levels |= u64{1} << level;
}

void rank_released(u32 level) { held() &= ~(u64{1} << level); }

void rank_assert_none() {
  if (held() != 0) __builtin_trap();
}

}  // namespace hinge::detail

#endif
