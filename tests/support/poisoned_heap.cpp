// The service's heap for fuzzers, in place of host/heap.cpp: every block lies alone between bytes that AddressSanitizer
// reports a touch of, and one that was given back is not given out again for a while. Sizes are rounded up to powers of two
// and memory is never returned, so that allocating costs little more than it does in the service. For one thread.
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <deque>

#include "host/heap.hpp"

namespace hinge::host {
namespace {

constexpr u64 arena_bytes = u64{1} << 30, largest = u64{64} << 20;
constexpr usize zone = 16;               ///< On both sides of a block; the first begins with the block's size.
constexpr usize filled = 64;             ///< So much of a new block is made to look like nothing sensible.
constexpr u64 resting_bytes = 64 * 1024; ///< What was given back rests until so much of its size did.

struct Arena {
  char* next = static_cast<char*>(mmap(nullptr, arena_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  char* end = next + arena_bytes;
  std::deque<char*> resting[64];         ///< By the logarithm of their size.
  u64 in_use = 0;
};

Arena& arena() {
  static auto& only = *new Arena;
  return only;
}

/// A block of `whole` bytes, all of them poisoned.
char* take(u64 whole) {
  auto& resting = arena().resting[std::countr_zero(whole)];
  if (resting.size() * whole > resting_bytes) {
    char* const block = resting.front();
    resting.pop_front();
    return block;
  }
  if (whole > u64(arena().end - arena().next)) return nullptr;
  char* const block = arena().next;
  arena().next += whole;
  __asan_poison_memory_region(block, whole);
  return block;
}

}  // namespace

void* allocate(usize bytes) {
  if (bytes > largest) return nullptr;
  if (bytes == 0) bytes = 1;
  char* const block = take(std::bit_ceil(bytes + 2 * zone));
  if (!block) return nullptr;
  __asan_unpoison_memory_region(block, sizeof bytes);
  std::memcpy(block, &bytes, sizeof bytes);
  __asan_poison_memory_region(block, sizeof bytes);
  __asan_unpoison_memory_region(block + zone, bytes);
  std::memset(block + zone, 0xbe, bytes < filled ? bytes : filled);
  arena().in_use += bytes;
  return block + zone;
}

void release(void* given) {
  if (!given) return;
  if (__asan_address_is_poisoned(given)) std::abort();  // Given back before.
  char* const block = static_cast<char*>(given) - zone;
  __asan_unpoison_memory_region(block, sizeof(usize));
  usize bytes;
  std::memcpy(&bytes, block, sizeof bytes);
  u64 const whole = std::bit_ceil(bytes + 2 * zone);
  __asan_poison_memory_region(block, whole);
  arena().in_use -= bytes;
  arena().resting[std::countr_zero(whole)].push_back(block);
}

u64 heap_bytes_in_use() { return arena().in_use; }

}  // namespace hinge::host
