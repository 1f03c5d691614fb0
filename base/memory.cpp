// The C library's names for hinge::memory, which the compiler emits calls to. Guest images only.
#include "base/memory.hpp"

extern "C" {

void* memcpy(void* to, void const* from, std::size_t bytes) {
  hinge::memory::copy(to, from, bytes);
  return to;
}

void* memmove(void* to, void const* from, std::size_t bytes) {
  hinge::memory::move(to, from, bytes);
  return to;
}

void* memset(void* to, int value, std::size_t bytes) {
  hinge::memory::fill(to, static_cast<hinge::u8>(value), bytes);
  return to;
}

int memcmp(void const* left, void const* right, std::size_t bytes) { return hinge::memory::compare(left, right, bytes); }
int bcmp(void const* left, void const* right, std::size_t bytes) { return hinge::memory::compare(left, right, bytes); }
void const* memchr(void const* text, int value, std::size_t bytes) {
  return hinge::memory::find(text, static_cast<hinge::u8>(value), bytes);
}
std::size_t strlen(char const* text) { return hinge::memory::length(text); }

}  // extern "C"
