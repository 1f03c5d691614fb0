// Typed pools: arrays at a fixed place, elements named by index and generation. The array is reserved address space
// that `populate` backs with memory as the high-water mark rises; on the host it is an ordinary array. A pool holds no
// pointers but its base, so a Core can be copied, hashed and compared.
#pragma once

#include <new>

#include "base/result.hpp"

namespace hinge::nucleus {

/// Names an element for as long as it lives: a stale Id is told apart by its generation. Index 0 is never used.
template <class T>
struct Id {
  u32 index = 0;
  u32 generation = 0;
  [[nodiscard]] constexpr bool valid() const { return index != 0; }
  friend constexpr bool operator==(Id, Id) = default;
};

/// Backs [base, base + bytes) with zeroed memory; false when there is none. Idempotent.
using Populate = bool (*)(void* base, u64 bytes);

template <class T>
class Pool {
 public:
  constexpr Pool() = default;

  void initialise(T* base, u32 capacity, Populate populate) {
    base_ = base;
    capacity_ = capacity;
    populate_ = populate;
  }

  /// A fresh element with a new generation, all other fields as T's initialisers say.
  Result<T*> allocate() {
    u32 index = free_head_;
    u32 generation = 1;
    if (index) {
      generation = base_[index].generation + 1;
      free_head_ = base_[index].next_free;
    } else {
      if (used_ + 1 >= capacity_) return fail(Error::quota);
      if (!populate_(&base_[used_ + 1], sizeof(T))) return fail(Error::no_memory);
      index = ++used_;
    }
    T* t = new (&base_[index]) T{};
    t->index = index;
    t->generation = generation;
    t->live = true;
    ++live_;
    return t;
  }

  void release(T& t) {
    t.live = false;
    t.next_free = free_head_;
    free_head_ = t.index;
    --live_;
  }

  [[nodiscard]] T& at(u32 index) { return base_[index]; }
  [[nodiscard]] T const& at(u32 index) const { return base_[index]; }

  /// The element an Id names, or null when it has died.
  [[nodiscard]] T* find(Id<T> id) {
    if (!id.index || id.index > used_) return nullptr;
    T& t = base_[id.index];
    return t.live && t.generation == id.generation ? &t : nullptr;
  }

  /// Whether the free list holds exactly the dead elements below the mark. For tests.
  [[nodiscard]] bool consistent() const {
    u32 dead = 0, listed = 0;
    for (u32 i = 1; i <= used_; ++i) {
      if (base_[i].index != i || !base_[i].generation) return false;
      dead += !base_[i].live;
    }
    for (u32 i = free_head_; i; i = base_[i].next_free) {
      if (i > used_ || base_[i].live || ++listed > dead) return false;
    }
    return listed == dead && live_ == used_ - dead;
  }

  [[nodiscard]] u32 used() const { return used_; }   ///< Highest index ever handed out.
  [[nodiscard]] u32 live() const { return live_; }
  [[nodiscard]] T* base() const { return base_; }
  void rebase(T* base) { base_ = base; }             ///< After a copy of the array to another place.

 private:
  friend struct CoreTestAccess;
  T* base_ = nullptr;
  Populate populate_ = nullptr;
  u32 capacity_ = 0;
  u32 used_ = 0;
  u32 live_ = 0;
  u32 free_head_ = 0;
};

/// What each pooled object carries for its pool.
template <class T>
struct Pooled {
  u32 index = 0;
  u32 generation = 0;
  u32 next_free = 0;
  bool live = false;
  [[nodiscard]] Id<T> id() const { return {index, generation}; }
};

}  // namespace hinge::nucleus
