// TLB shootdown: makes CPUs forget translations, and returns only when all of them have. Requests go to a mailbox for
// each CPU and are merged there; the IPI handler serves the own mailbox, and so does whoever spins (while_waiting), so
// that two CPUs shooting at each other with interrupts off both get their answers.
//
// Whoever loads a page-table root on a CPU first sets the CPU's bit in the root's mask (sequentially consistent), then
// loads; whoever changes entries first stores them, then reads the mask. So either the bit is seen or the new entry is.
#pragma once

#include <atomic>

#include "nucleus/mm/lock.hpp"

namespace hinge::nucleus::mm {

/// What the processor does, handed in by the kernel or the test. All act on, or are called on, the current CPU.
struct TlbHardware {
  void (*invalidate)(u64 begin, u64 end);     ///< Forgets translations of a small range, any root.
  void (*invalidate_all)();                   ///< Forgets all that are not global.
  void (*send_ipi)(u32 cpu);                  ///< Makes that CPU call Shootdown::serve soon.
};

using CpuMask = u64;
static_assert(max_cpus <= 64);

class Shootdown {
 public:
  constexpr Shootdown() = default;

  void start(TlbHardware const& hardware) { hardware_ = &hardware; }
  /// From now on the current CPU takes part in flush_everywhere. It has just loaded its root.
  void online();

  /// All CPUs that take part: for mappings that any of them may use.
  [[nodiscard]] std::atomic<CpuMask> const& online_mask() const { return online_; }

  /// Forgets [begin, end) on all CPUs in the mask, the current one included when it is in it.
  void flush(CpuMask cpus, u64 begin, u64 end);
  /// Forgets everything on all CPUs: for changes of top-level entries and of slots.
  void flush_everywhere() { flush(online_.load(std::memory_order_seq_cst), 0, ~u64{0}); }
  /// Every CPU has been between two pieces of nucleus work since this was called: what it had in hand lies where it belongs,
  /// and stacks that it had handed on are left. Who spins is in the middle of one. The caller is between two, holds no lock.
  void rendezvous();
  /// The current CPU is between two: the IPI handler, since interrupts are off inside.
  void arrive();
  /// Forgets one page here; for entries that only got more permissive, others find out by a spurious fault.
  void flush_here(u64 address) { hardware_->invalidate(address, address + page_bytes); }
  /// Serves what others asked of this CPU. The IPI handler, and every spin loop.
  void serve();

 private:
  static constexpr u64 few_pages = 16;        ///< Beyond this a full flush is cheaper than page by page.
  struct alignas(64) Mailbox {
    Lock<Rank::mailbox> lock;
    u64 begin = ~u64{0}, end = 0;             ///< Union of the requests not yet served.
    std::atomic<u64> posted{0};
    std::atomic<u64> served{0};
    std::atomic<u64> called{0}, arrived{0};   ///< Of rendezvous.
  };

  void flush_range(u64 begin, u64 end);

  TlbHardware const* hardware_ = nullptr;
  std::atomic<CpuMask> online_{0};
  Mailbox mailboxes_[max_cpus];
};

}  // namespace hinge::nucleus::mm
