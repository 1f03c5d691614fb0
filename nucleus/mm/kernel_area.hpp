// Address ranges of the nucleus itself that get memory as they need it: arrays for the core's pools, and kernel stacks,
// each above a guard page that is never mapped. Mappings here only ever appear, so no shootdown is needed.
#pragma once

#include "nucleus/mm/page_tree.hpp"

namespace hinge::nucleus::mm {

class Memory;

/// One top-level entry's worth of addresses, hooked into the master root before any other root is made.
class KernelArea {
 public:
  constexpr KernelArea() = default;
  Result<> start(Memory& memory, u64 base);

  /// Zeroed writable frames for the pages in [address, address + bytes) that have none. quota, no_memory, invalid.
  Result<> populate(Account& account, u64 address, u64 bytes);
  /// Reserves addresses; page-aligned. no_memory when the area is used up.
  Result<u64> reserve(u64 bytes);
  /// The frame behind a populated address, or null.
  [[nodiscard]] Entry* find(u64 address);

 private:
  Memory* memory_ = nullptr;
  u64 base_ = 0, reserved_ = 0;
  Lock<Rank::area> lock_;
  PageTree tree_;
};

/// Kernel stacks of layout::kernel_stack_bytes in layout::kernel_stacks. Freed ones keep their frames and are handed out
/// again, the current CPU's own first. Charged to the user's account while in use.
class KernelStacks {
 public:
  constexpr KernelStacks() = default;
  /// Stacks below number `first` belong to the CPUs and were mapped at boot.
  Result<> start(Memory& memory, u32 first);

  /// The top: first address above the stack. quota, no_memory.
  Result<VirtAddr> allocate(Account& account);
  /// `account` as at allocate. The stack is not in use any more on any CPU.
  void free(Account& account, VirtAddr top);
  /// Whether an address lies in the guard page below some stack: for the page-fault handler's report.
  [[nodiscard]] static bool is_guard(u64 address);

 private:
  static constexpr u32 cache_capacity = 8;
  static constexpr u64 frames_each = layout::kernel_stack_bytes / page_bytes;
  struct alignas(64) Cache { u32 count = 0; u64 tops[cache_capacity] = {}; };

  Result<VirtAddr> make();
  u64* link(u64 top);                         // where a free stack keeps the next free one's top

  Memory* memory_ = nullptr;
  KernelArea area_;
  Lock<Rank::stacks> lock_;
  u64 free_head_ = 0;
  Cache caches_[max_cpus];
};

}  // namespace hinge::nucleus::mm
