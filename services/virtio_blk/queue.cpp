#include "services/virtio_blk/queue.hpp"

#include <atomic>
#include <cstring>

namespace hinge::virtio_blk {

Result<> Queue::allocate(Handle device) {
  TRY(descriptors_.make(device));
  TRY(available_.make(device));
  return used_.make(device);
}

void Queue::clear(u32 entries) {
  for (DmaPage const* page : {&descriptors_, &available_, &used_}) std::memset(page->memory, 0, page_bytes);
  entries_ = free_count_ = entries;
  next_ = taken_ = 0;
  for (u32 i = 0; i < entries; ++i) {
    free_[i] = u16(entries - 1 - i);
    tokens_[i] = no_token;
  }
}

void Queue::put(u64 table, u32 descriptors, Token token) {
  u16 const entry = free_[--free_count_];
  tokens_[entry] = token;
  reinterpret_cast<Descriptor*>(descriptors_.memory)[entry] = {table, u32(descriptors * sizeof(Descriptor)), descriptor_indirect, 0};
  reinterpret_cast<u16*>(available_.memory + sizeof(RingHead))[next_++ % entries_] = entry;
}

void Queue::publish() {
  // Release: the device finds chains and ring complete when it sees the index. The fence keeps the doorbell, a store to
  // uncached memory, behind it.
  std::atomic_ref{available_head().index}.store(next_, std::memory_order_release);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

Result<Queue::Finished> Queue::take() {
  // Acquire: what the device wrote before it counted is there.
  u16 const index = std::atomic_ref{used_head().index}.load(std::memory_order_acquire);
  u32 const waiting = u16(index - taken_), in_flight = entries_ - free_count_;
  if (waiting == 0) return Finished{no_token, 0};
  if (waiting > in_flight) return fail(Error::corrupt);
  auto* const entry = reinterpret_cast<UsedEntry volatile*>(used_.memory + sizeof(RingHead)) + taken_ % entries_;
  u32 const id = entry->id, bytes = entry->bytes;
  if (id >= entries_ || tokens_[id] == no_token) return fail(Error::corrupt);
  ++taken_;
  Finished const finished{tokens_[id], bytes};
  tokens_[id] = no_token;
  free_[free_count_++] = u16(id);
  return finished;
}

}  // namespace hinge::virtio_blk
