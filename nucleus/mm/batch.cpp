#include "nucleus/mm/batch.hpp"

namespace hinge::nucleus::mm {

void Batch::flush() {
  if (begin_ < end_) {
    // The cleared entries before the mask; pairs with Space::enter_cpu.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    tlb_.flush(cpus_.load(std::memory_order_relaxed), begin_, end_);
  }
  begin_ = ~u64{0};
  end_ = 0;
  frames_.drop({waiting_, count_});
  count_ = 0;
}

}  // namespace hinge::nucleus::mm
