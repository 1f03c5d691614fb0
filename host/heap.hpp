// The service's heap: objects of any size, given back to where they came from. Small ones come from slabs of equal
// blocks, each slab in a span of 64 KiB whose first bytes describe it; large ones are spans of their own. Memory is
// committed as it is first used and released when a span falls free, so a burst gives its frames back.
// Thread-safe; may sleep on a lock. Nothing here is reachable from inside the nucleus.
#pragma once

#include <new>
#include <utility>

#include "base/ref.hpp"
#include "host/host.hpp"

namespace hinge::host {

/// Every block is aligned to this.
inline constexpr usize heap_alignment = 16;

/// At least `bytes` of uninitialised memory, or nullptr when the slot's frames or the heap's addresses are used up.
[[nodiscard]] void* allocate(usize bytes);
/// Gives back what allocate returned; nullptr does nothing.
void release(void* block);
/// Bytes in blocks that are allocated now, rounded up to their size classes.
[[nodiscard]] u64 heap_bytes_in_use();

/// A T built from `arguments`, or nullptr when there is no memory. Constructors cannot fail.
template <class T, class... A>
[[nodiscard]] T* make(A&&... arguments) {
  static_assert(alignof(T) <= heap_alignment, "the heap aligns to 16");
  void* const at = allocate(sizeof(T));
  return at ? new (at) T{std::forward<A>(arguments)...} : nullptr;
}

/// Ends what make<T> began; nullptr does nothing. T is the object's own type, not a base.
template <class T>
void destroy(T* object) {
  if (!object) return;
  object->~T();
  release(object);
}

/// Base of reference-counted heap objects: struct File : host::Shared<File> { ... }; host::make_ref<File>(...).
template <class T>
struct Shared : Counted {
  void dispose() { destroy(static_cast<T*>(this)); }
};

/// The first reference to a new T, or null when there is no memory.
template <class T, class... A>
[[nodiscard]] Ref<T> make_ref(A&&... arguments) {
  return Ref<T>::adopt(make<T>(std::forward<A>(arguments)...));
}

}  // namespace hinge::host
