// Mutex: the services' lock. It sleeps (host::lock_wait) and never spins, because user-side code can be preempted; when
// free it costs one atomic operation each way. Its word says who holds it, by the stack that one is on: while somebody
// waits, the nucleus lends the owner the best priority among them. Every Mutex has a rank, a type with a `level`: a thread that holds a
// level may only take higher ones. Debug builds and host tests check that and stop at the first violation
// (host/lock_rank.cpp); clang checks at compile time that guarded data is touched under its lock.
//
//     struct TableRank { static constexpr u32 level = 20; };
//     Mutex<TableRank> lock_;
//     Table table_ HINGE_GUARDED_BY(lock_);
//     ... Guard guard{lock_}; table_.add(x);
//
// May be held across downward calls; never across Blocked, a touch of the caller's memory, or an upcall.
#pragma once

#include <atomic>

#include "host/fault_point.hpp"
#include "host/host.hpp"

#define HINGE_GUARDED_BY(...) __attribute__((guarded_by(__VA_ARGS__)))
#define HINGE_REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define HINGE_EXCLUDES(...) __attribute__((locks_excluded(__VA_ARGS__)))
#define HINGE_ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define HINGE_RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))

namespace hinge {

/// Levels 1..63, outermost lowest. The library's own locks are innermost: a service's are below 56.
template <class R>
concept LockRank = R::level >= 1 && R::level <= 63;

namespace detail {
#if defined(HINGE_DEBUG) || defined(HINGE_HOST)
/// Records that this thread takes or gives back a lock of this level; stops when the order is wrong. `several`: more
/// than one lock of the level may be held (the taker orders them by address).
void rank_acquired(u32 level, bool several);
void rank_released(u32 level);
/// Stops unless this thread holds no lock at all: before blocking or touching the caller's memory.
void rank_assert_none();
#else
inline void rank_acquired(u32, bool) {}
inline void rank_released(u32) {}
inline void rank_assert_none() {}
#endif
template <class R>
constexpr bool several = [] { if constexpr (requires { R::several; }) return R::several; else return false; }();
}  // namespace detail

template <LockRank Rank>
class __attribute__((capability("mutex"))) Mutex {
 public:
  constexpr Mutex() = default;
  Mutex(Mutex const&) = delete;
  Mutex& operator=(Mutex const&) = delete;

  void lock() HINGE_ACQUIRE() {
    detail::rank_acquired(Rank::level, detail::several<Rank>);
    u32 seen = host::lock_watch.taken_from.load(std::memory_order_relaxed);
    // Acquire: pairs with the release in unlock().
    if (word_.compare_exchange_strong(seen, own_stack(), std::memory_order_acquire, std::memory_order_relaxed)) return;
    lock_slowly(seen);
  }
  [[nodiscard]] bool try_lock() __attribute__((try_acquire_capability(true))) {
    u32 seen = free;
    if (!word_.compare_exchange_strong(seen, own_stack(), std::memory_order_acquire, std::memory_order_relaxed)) return false;
    detail::rank_acquired(Rank::level, true);
    return true;
  }
  void unlock() HINGE_RELEASE() {
    detail::rank_released(Rank::level);
    u32 const was = word_.exchange(free, std::memory_order_release);
    if (was & host::lock_watch.stopped_at.load(std::memory_order_relaxed)) unlock_slowly(was);
  }

 private:
  static constexpr u32 free = host::lock_free, awaited = host::lock_awaited;  ///< Else the owner's stack, never 0.
  static_assert((layout::stack_number_mask & awaited) == 0);

  static u32 own_stack() { return layout::stack_number(reinterpret_cast<u64>(__builtin_frame_address(0))); }

  [[gnu::noinline]] void lock_slowly(u32 seen) {
    for (;;) {
      // Whoever gets it here leaves `awaited` behind, since others may still sleep: one wake-up too many, never one too few.
      u32 const wish = seen == free ? own_stack() | awaited : seen | awaited;
      if (wish != seen && !word_.compare_exchange_strong(seen, wish, std::memory_order_acquire, std::memory_order_relaxed)) continue;
      if (seen == free) return host::fault_point();
      (void)host::lock_wait(word(), wish);
      seen = word_.load(std::memory_order_relaxed);
    }
  }
  [[gnu::noinline]] void unlock_slowly(u32 was) {
    if (was & awaited) (void)host::word_wake(word(), 1);
    host::fault_point();
  }
  u32 const* word() const { return reinterpret_cast<u32 const*>(&word_); }

  std::atomic<u32> word_{free};
  static_assert(sizeof(std::atomic<u32>) == sizeof(u32));
};

/// Holds a mutex for the length of a scope.
template <class Mutex>
class __attribute__((scoped_lockable)) Guard {
 public:
  explicit Guard(Mutex& mutex) HINGE_ACQUIRE(mutex) : mutex_{mutex} { mutex_.lock(); }
  Guard(Guard const&) = delete;
  Guard& operator=(Guard const&) = delete;
  ~Guard() HINGE_RELEASE() { mutex_.unlock(); }

 private:
  Mutex& mutex_;
};

/// Data inside its lock: reached only through the access object that holds it.
template <class T, LockRank Rank>
class Guarded {
 public:
  class Access {
   public:
    T* operator->() const { return &owner_.data_; }
    T& operator*() const { return owner_.data_; }
    Access(Access const&) = delete;
    Access& operator=(Access const&) = delete;
    ~Access() __attribute__((no_thread_safety_analysis)) { owner_.mutex_.unlock(); }

   private:
    friend class Guarded;
    explicit Access(Guarded& owner) __attribute__((no_thread_safety_analysis)) : owner_{owner} { owner.mutex_.lock(); }
    Guarded& owner_;
  };
  template <class... A>
  constexpr explicit Guarded(A&&... arguments) : data_{static_cast<A&&>(arguments)...} {}
  /// Sleeps until the lock is free; holds it as long as the result lives.
  [[nodiscard]] Access lock() { return Access{*this}; }

 private:
  Mutex<Rank> mutex_;
  T data_;
};

}  // namespace hinge
