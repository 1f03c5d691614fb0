// Ownership of objects whose memory comes from somewhere else: Own<T> for one owner, Ref<T> for shared owners that
// count inside the object. What "give it back" means is the object's own business: it has a member dispose().
// Who calls: services and placement, with host/heap.hpp's make; the nucleus names its objects by index instead.
// Invariant: a Counted object lives exactly as long as its count is not 0; a null Ref or Own is a valid value.
#pragma once

#include <atomic>
#include <type_traits>
#include <utility>

#include "base/types.hpp"

namespace hinge {

/// The count that Ref<T> works on. Starts at 1: the reference that adopt() takes over from make().
class Counted {
 public:
  Counted() = default;
  Counted(Counted const&) = delete;
  Counted& operator=(Counted const&) = delete;

  void retain() const { count_.fetch_add(1, std::memory_order_relaxed); }
  /// True when this was the last one. The acquire pairs with every other owner's release, so dispose sees all stores.
  [[nodiscard]] bool drop() const { return count_.fetch_sub(1, std::memory_order_acq_rel) == 1; }
  /// Takes a reference unless the object is already dying: for look-up tables that do not own what they list.
  [[nodiscard]] bool retain_if_alive() const {
    u32 seen = count_.load(std::memory_order_relaxed);
    while (seen != 0)
      if (count_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire, std::memory_order_relaxed)) return true;
    return false;
  }
  [[nodiscard]] u32 references() const { return count_.load(std::memory_order_relaxed); }

 private:
  mutable std::atomic<u32> count_{1};
};

/// One of several owners of a T, which derives from Counted and has dispose(). Thread-safe as a shared count is: one
/// Ref object belongs to one thread at a time, the T may have Refs anywhere.
template <class T>
class Ref {
 public:
  constexpr Ref() = default;
  constexpr Ref(decltype(nullptr)) {}
  /// Another owner beside those there are.
  explicit Ref(T& object) : object_{&object} { object.retain(); }
  /// Takes over a reference that is already counted (a fresh object's first, or one from leak()).
  static Ref adopt(T* object) { Ref r; r.object_ = object; return r; }

  Ref(Ref const& other) : object_{other.object_} { if (object_) object_->retain(); }
  Ref(Ref&& other) noexcept : object_{std::exchange(other.object_, nullptr)} {}
  template <class U> requires std::is_convertible_v<U*, T*>
  Ref(Ref<U> other) : object_{other.leak()} {}
  Ref& operator=(Ref other) noexcept { std::swap(object_, other.object_); return *this; }
  ~Ref() { if (object_ && object_->drop()) object_->dispose(); }

  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  [[nodiscard]] T* get() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }
  friend bool operator==(Ref const& a, Ref const& b) { return a.object_ == b.object_; }

  /// Gives the counted reference away as a plain pointer; adopt() takes it back.
  [[nodiscard]] T* leak() { return std::exchange(object_, nullptr); }

 private:
  T* object_ = nullptr;
};

/// The one owner of a T, which has dispose(). Move-only.
template <class T>
class Own {
 public:
  constexpr Own() = default;
  constexpr Own(decltype(nullptr)) {}
  explicit Own(T* object) : object_{object} {}
  Own(Own&& other) noexcept : object_{std::exchange(other.object_, nullptr)} {}
  Own& operator=(Own other) noexcept { std::swap(object_, other.object_); return *this; }
  ~Own() { if (object_) object_->dispose(); }

  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  [[nodiscard]] T* get() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }
  [[nodiscard]] T* leak() { return std::exchange(object_, nullptr); }

 private:
  T* object_ = nullptr;
};

}  // namespace hinge
