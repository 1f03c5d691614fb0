#include "nucleus/mm/frames.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace hinge::nucleus::mm {

namespace {

constexpr u64 poison_word = 0x6b6b'6b6b'6b6b'6b6b;

void fill_words(PhysAddr frame, u32 order, u64 word) {
  void* to = frame_pointer(frame);
  u64 words = (page_bytes << order) / sizeof(u64);
  asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(word) : "memory");
}

}  // namespace

Result<> Frames::start(std::span<PhysRange const> usable) {
  u64 top = 0;
  PhysRange home{};
  for (PhysRange const& range : usable) {
    top = std::max(top, range.end.raw());
    if (range.bytes() > home.bytes()) home = range;
  }
  frame_count_ = top / page_bytes;
  u64 const table_bytes = align_up(frame_count_ * sizeof(Frame), page_bytes);
  u64 const table_begin = align_up(home.begin.raw(), page_bytes);
  if (table_begin + table_bytes > home.end.raw()) return fail(Error::no_memory);

  table_ = frame_pointer<Frame>(PhysAddr{table_begin});
  static_assert(u8(FrameState::reserved) == 0);
  std::memset(static_cast<void*>(table_), 0, table_bytes);  // Reserved, without shares.
  boot_ = table_bytes / page_bytes;

  Guard guard{pool_lock_};
  for (PhysRange const& range : usable) {
    u64 begin = align_up(range.begin.raw(), page_bytes);
    u64 const end = align_down(range.end.raw(), page_bytes);
    if (range.begin == home.begin) begin = table_begin + table_bytes;
    if (begin == 0) begin = page_bytes;
    if (begin < end) add_range(frame_index(PhysAddr{begin}), frame_index(PhysAddr{end}));
  }
  total_ = pool_free_;
  return ok;
}

void Frames::add_range(FrameIndex begin, FrameIndex end) {
  for (FrameIndex i = begin; i < end; ++i) table_[i].state = FrameState::used;
  while (begin < end) {
    u32 order = std::min<u32>(std::countr_zero(begin), max_order);
    while ((FrameIndex{1} << order) > end - begin) --order;
    give_block(begin, order);
    begin += FrameIndex{1} << order;
  }
}

Result<PhysAddr> Frames::allocate(Account& account, Fill fill) {
  TRY(account.charge(1));
  auto const taken = take_single();
  if (!taken) {
    account.refund(1);
    return fail(taken.error());
  }
  Frame& frame = table_[*taken];
  frame.state = FrameState::used;
  frame.order = 0;
  frame.entries = 0;
  frame.account = &account;
  frame.shares.store(1, std::memory_order_relaxed);
  if (fill == Fill::zero) fill_words(address_of(*taken), 0, 0);
  return address_of(*taken);
}

Result<PhysAddr> Frames::allocate_block(Account& account, u32 order, Fill fill) {
  if (order > max_order) return fail(Error::invalid);
  TRY(account.charge(u64{1} << order));
  FrameIndex block;
  {
    Guard guard{pool_lock_};
    block = take_block(order);
  }
  if (block == no_frame) {
    account.refund(u64{1} << order);
    return fail(Error::no_memory);
  }
  Frame& frame = table_[block];
  frame.account = &account;
  frame.shares.store(1, std::memory_order_relaxed);
  if (fill == Fill::zero) fill_words(address_of(block), order, 0);
  return address_of(block);
}

void Frames::split(PhysAddr block) {
  Frame* const first = &at(block);
  Account* const account = first->account;
  for (u32 i = 0, count = 1u << first->order; i < count; ++i) {
    first[i].state = FrameState::used;
    first[i].order = 0;
    first[i].entries = 0;
    first[i].account = account;
    first[i].shares.store(1, std::memory_order_relaxed);
  }
}

void Frames::drop(std::span<PhysAddr const> all) {
  Account* payer = nullptr;
  u64 refund = 0;
  for (PhysAddr const address : all) {
    Frame& frame = at(address);
    // The release publishes this owner's stores to the frame, the acquire sees the others' before it is reused.
    if (frame.shares.fetch_sub(1, std::memory_order_acq_rel) != 1) continue;
    u32 const order = frame.order;
    if (payer && payer != frame.account) payer->refund(std::exchange(refund, 0));
    payer = frame.account;
    refund += u64{1} << order;
    if constexpr (poison_freed) fill_words(address, order, poison_word);
    give(frame_index(address), order);
  }
  if (payer) payer->refund(refund);
}

Result<FrameIndex> Frames::take_single() {
  Cache& cache = caches_[this_cpu()];
  if (cache.count == 0) {
    Guard guard{pool_lock_};
    while (cache.count < cache_capacity / 2) {
      // What is left of a line of the frame table, or a whole one: CPUs that go on with their own frames share none.
      u32 const order = lists_[0] == no_frame && lists_[1] == no_frame ? line_order : 0;
      FrameIndex const i = take_block(order);
      if (i == no_frame) break;
      for (u32 k = 0; k < 1u << order; ++k) {
        table_[i + k].state = FrameState::cached;
        cache.frames[cache.count++] = i + k;
      }
    }
  }
  if (cache.count == 0) return fail(Error::no_memory);
  return cache.frames[--cache.count];
}

void Frames::give(FrameIndex i, u32 order) {
  if (order != 0) {
    Guard guard{pool_lock_};
    return give_block(i, order);
  }
  Cache& cache = caches_[this_cpu()];
  if (cache.count == cache_capacity) {
    Guard guard{pool_lock_};
    while (cache.count > cache_capacity / 2) give_block(cache.frames[--cache.count], 0);
  }
  table_[i].state = FrameState::cached;
  cache.frames[cache.count++] = i;
}

FrameIndex Frames::take_block(u32 order) {
  u32 have = order;
  while (have <= max_order && lists_[have] == no_frame) ++have;
  if (have > max_order) return no_frame;
  FrameIndex const block = lists_[have];
  cut(block, have);
  while (have > order) {
    --have;
    push(block + (FrameIndex{1} << have), have);  // The upper half stays.
  }
  pool_free_ -= u64{1} << order;
  table_[block].state = FrameState::used;
  table_[block].order = static_cast<u8>(order);
  return block;
}

void Frames::give_block(FrameIndex block, u32 order) {
  pool_free_ += u64{1} << order;
  for (; order < max_order; ++order) {
    FrameIndex const buddy = block ^ (FrameIndex{1} << order);
    if (buddy >= frame_count_ || table_[buddy].state != FrameState::free || table_[buddy].order != order) break;
    cut(buddy, order);
    block &= ~(FrameIndex{1} << order);
  }
  push(block, order);
}

void Frames::push(FrameIndex i, u32 order) {
  Frame& frame = table_[i];
  frame.state = FrameState::free;
  frame.order = static_cast<u8>(order);
  frame.link = {.next = lists_[order], .previous = no_frame};
  if (lists_[order] != no_frame) table_[lists_[order]].link.previous = i;
  lists_[order] = i;
}

void Frames::cut(FrameIndex i, u32 order) {
  auto const link = table_[i].link;
  (link.previous != no_frame ? table_[link.previous].link.next : lists_[order]) = link.next;
  if (link.next != no_frame) table_[link.next].link.previous = link.previous;
  table_[i].state = FrameState::used;
}

Frames::Statistics Frames::statistics() const {
  Guard guard{pool_lock_};
  u64 free = pool_free_;
  for (Cache const& cache : caches_) free += __atomic_load_n(&cache.count, __ATOMIC_RELAXED);
  return {total_, free, boot_};
}

}  // namespace hinge::nucleus::mm
