// Buckets, keys, waking and leaving.
#include "services/linux/process/futex.hpp"

#include "services/linux/core/user_memory.hpp"

namespace hinge::linux_service {

namespace {
constinit FutexBucket buckets[futex_bucket_count];
constexpr u64 object_mark = u64{1} << 62, identity_mark = u64{1} << 63;  ///< No space's address: kinds of keys differ.
}  // namespace

FutexBucket& futex_bucket(FutexKey key) { return buckets[futex_hash(key)]; }

void FutexBucket::append(FutexNode& node) {
  node.next = nullptr;
  node.previous = last;
  (last ? last->next : first) = &node;
  last = &node;
  node.bucket.store(this, std::memory_order_relaxed);
}

void FutexBucket::unlink(FutexNode& node) {
  (node.previous ? node.previous->next : first) = node.next;
  (node.next ? node.next->previous : last) = node.previous;
}

void FutexBucket::remove(FutexNode& node) {
  unlink(node);
  // Release: who finds null without the lock also finds `woken`.
  node.bucket.store(nullptr, std::memory_order_release);
}

void FutexBucket::wake(FutexNode& node) {
  node.woken = true;
  node.thread->wake();  // Before it is off: until then its thread cannot end.
  remove(node);
}

void futex_leave(Thread& self) {
  FutexNode& node = self.futex;
  while (FutexBucket* const bucket = node.bucket.load(std::memory_order_acquire)) {
    Guard guard{bucket->lock};
    if (node.bucket.load(std::memory_order_relaxed) == bucket) bucket->remove(node);
  }
}

Attempt<FutexKey> futex_key(Thread& self, UserAddr word, bool is_private) {
  if (word.raw() % 4) return fail(Errno::invalid);
  if (!is_user_range(word, 4)) return fail(Errno::bad_address);
  AddressSpace& space = self.space();
  FutexKey const own{reinterpret_cast<u64>(&space) & ~(object_mark | identity_mark), word.raw()};
  if (is_private) return own;
  RegionInfo region;
  if (!host::space_query(space.handle, word.raw(), &region) || region.begin > word.raw()) return fail(Errno::bad_address);
  if (!has(region.flags, MapFlag::shared)) return own;
  u64 const offset = region.offset + (word.raw() - region.begin);
  if (region.opaque[1]) return FutexKey{identity_mark | region.opaque[1], offset};
  return FutexKey{object_mark | region.object, offset};
}

Attempt<u32> futex_wake(Thread& self, UserAddr word, u32 count, u32 mask, bool is_private) {
  FutexKey const key = ATTEMPT(futex_key(self, word, is_private));
  FutexBucket& bucket = futex_bucket(key);
  u32 woken = 0;
  Guard guard{bucket.lock};
  for (FutexNode* node = bucket.first; node && woken < count;) {
    FutexNode* const next = node->next;
    if (node->key == key && (node->mask & mask)) {
      bucket.wake(*node);
      ++woken;
    }
    node = next;
  }
  return woken;
}

Attempt<bool> exchange_user_word(Thread& self, UserAddr word, u32 expected, u32 desired, u32& old) {
  if (!is_user_range(word, 4)) return fail(Errno::bad_address);
  for (u32 attempt = 0; attempt < 16; ++attempt) {
    if (host::table().exchange_word(word.raw(), expected, desired, &old) == 0) return old == expected;
    ATTEMPT(make_present(self, word, true));
  }
  return fail(Errno::bad_address);
}

}  // namespace hinge::linux_service
