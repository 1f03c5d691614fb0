// Copying, filling and comparing bytes without SSE: the bodies of memcpy and its kin (base/memory.cpp), which the
// compiler calls on its own account. Eight bytes at a time by rep movsq / rep stosq, the rest by overlapping words.
#pragma once

#include "base/types.hpp"

namespace hinge::memory {

namespace detail {
struct [[gnu::packed, gnu::may_alias]] Word { u64 value; };
struct [[gnu::packed, gnu::may_alias]] Half { u32 value; };
template <class T>
auto load(void const* from) { return static_cast<T const*>(from)->value; }
template <class T>
void store(void* to, decltype(T::value) v) { static_cast<T*>(to)->value = v; }
}  // namespace detail

/// For up to 16 bytes, which may overlap: everything is loaded before anything is stored.
inline void move_small(u8* to, u8 const* from, usize bytes) {
  using namespace detail;
  if (bytes >= 8) {
    u64 const first = load<Word>(from), last = load<Word>(from + bytes - 8);
    store<Word>(to, first);
    store<Word>(to + bytes - 8, last);
  } else if (bytes >= 4) {
    u32 const first = load<Half>(from), last = load<Half>(from + bytes - 4);
    store<Half>(to, first);
    store<Half>(to + bytes - 4, last);
  } else if (bytes != 0) {
    u8 const first = from[0], middle = from[bytes / 2], last = from[bytes - 1];
    to[0] = first;
    to[bytes / 2] = middle;
    to[bytes - 1] = last;
  }
}

/// The areas may not overlap.
inline void copy(void* to, void const* from, usize bytes) {
  auto* d = static_cast<u8*>(to);
  auto const* s = static_cast<u8 const*>(from);
  if (bytes <= 16) return move_small(d, s, bytes);
  detail::store<detail::Word>(d + bytes - 8, detail::load<detail::Word>(s + bytes - 8));
  usize words = bytes / 8;
  asm volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(words) : : "memory");
}

/// The areas may overlap.
inline void move(void* to, void const* from, usize bytes) {
  auto* d = static_cast<u8*>(to);
  auto const* s = static_cast<u8 const*>(from);
  if (bytes <= 16) return move_small(d, s, bytes);
  if (reinterpret_cast<u64>(d) - reinterpret_cast<u64>(s) >= bytes) {  // `to` does not lie inside `from`.
    u64 const last = detail::load<detail::Word>(s + bytes - 8);
    u8* const end = d + bytes;
    usize words = bytes / 8;
    asm volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(words) : : "memory");
    return detail::store<detail::Word>(end - 8, last);
  }
  u64 const first = detail::load<detail::Word>(s);
  u8* const begin = d;
  d += bytes - 8;
  s += bytes - 8;
  usize words = bytes / 8;
  asm volatile("std; rep movsq; cld" : "+D"(d), "+S"(s), "+c"(words) : : "memory", "cc");
  detail::store<detail::Word>(begin, first);
}

inline void fill(void* to, u8 value, usize bytes) {
  auto* d = static_cast<u8*>(to);
  u64 const word = u64{value} * 0x0101'0101'0101'0101;
  if (bytes < 8) {
    for (usize i = 0; i < bytes; ++i) *static_cast<u8 volatile*>(d + i) = value;  // volatile: must not become memset.
    return;
  }
  detail::store<detail::Word>(d + bytes - 8, word);
  usize words = bytes / 8;
  asm volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(word) : "memory");
}

/// < 0, 0, > 0 as the first differing byte says.
inline int compare(void const* left, void const* right, usize bytes) {
  auto const* a = static_cast<u8 const*>(left);
  auto const* b = static_cast<u8 const*>(right);
  for (; bytes >= 8; a += 8, b += 8, bytes -= 8) {
    u64 const x = __builtin_bswap64(detail::load<detail::Word>(a)), y = __builtin_bswap64(detail::load<detail::Word>(b));
    if (x != y) return x < y ? -1 : 1;
  }
  for (; bytes != 0; ++a, ++b, --bytes)
    if (*a != *b) return int(*a) - int(*b);
  return 0;
}

/// The first byte of that value, or null.
inline void const* find(void const* in, u8 value, usize bytes) {
  for (auto const* at = static_cast<u8 const*>(in); bytes != 0; ++at, --bytes)
    if (*at == value) return at;
  return nullptr;
}

inline usize length(char const* text) {
  usize n = 0;
  while (text[n] != 0) {
    ++n;
    asm("" : "+r"(n));  // Keeps the loop from being recognised as strlen, which calls this.
  }
  return n;
}

}  // namespace hinge::memory
