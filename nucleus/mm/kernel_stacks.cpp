#include "nucleus/mm/kernel_area.hpp"

#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus::mm {

Result<> KernelStacks::start(Memory& memory, u32 first) {
  memory_ = &memory;
  TRY(area_.start(memory, layout::kernel_stacks));
  TRY(area_.reserve(u64{first} * layout::kernel_stack_stride));
  return ok;
}

u64* KernelStacks::link(u64 top) { return frame_pointer<u64>(area_.find(top - page_bytes)->frame()); }

Result<VirtAddr> KernelStacks::allocate(Account& account) {
  TRY(account.charge(frames_each));
  Cache& cache = caches_[this_cpu()];
  if (cache.count != 0) return VirtAddr{cache.tops[--cache.count]};
  {
    Guard guard{lock_};
    if (free_head_ != 0) {
      u64 const top = free_head_;
      free_head_ = *link(top);
      return VirtAddr{top};
    }
  }
  auto const made = make();
  if (!made) account.refund(frames_each);
  return made;
}

Result<VirtAddr> KernelStacks::make() {
  u64 const top = TRY(area_.reserve(layout::kernel_stack_stride)) + layout::kernel_stack_stride;
  TRY(area_.populate(memory_->nucleus_account, top - layout::kernel_stack_bytes, layout::kernel_stack_bytes));
  return VirtAddr{top};
}

void KernelStacks::free(Account& account, VirtAddr top) {
  account.refund(frames_each);
  Cache& cache = caches_[this_cpu()];
  if (cache.count < cache_capacity) {
    cache.tops[cache.count++] = top.raw();
    return;
  }
  Guard guard{lock_};
  *link(top.raw()) = free_head_;
  free_head_ = top.raw();
}

bool KernelStacks::is_guard(u64 address) {
  u64 const offset = address - layout::kernel_stacks;
  return offset < layout::entry_bytes &&
         offset % layout::kernel_stack_stride < layout::kernel_stack_stride - layout::kernel_stack_bytes;
}

}  // namespace hinge::nucleus::mm
