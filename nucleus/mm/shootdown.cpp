#include "nucleus/mm/shootdown.hpp"

#include <algorithm>
#include <bit>

namespace hinge::nucleus::mm {

void Shootdown::online() { online_.fetch_or(CpuMask{1} << this_cpu(), std::memory_order_seq_cst); }

void Shootdown::flush_range(u64 begin, u64 end) {
  if (begin >= end) return;
  if (end - begin <= few_pages * page_bytes) hardware_->invalidate(begin, end);
  else hardware_->invalidate_all();
}

void Shootdown::flush(CpuMask cpus, u64 begin, u64 end) {
  u32 const self = this_cpu();
  CpuMask const others = cpus & ~(CpuMask{1} << self);
  u64 tickets[max_cpus];
  for (CpuMask left = others; left != 0; left &= left - 1) {
    u32 const cpu = static_cast<u32>(std::countr_zero(left));
    Mailbox& box = mailboxes_[cpu];
    {
      Guard guard{box.lock};
      box.begin = std::min(box.begin, begin);
      box.end = std::max(box.end, end);
      tickets[cpu] = box.posted.load(std::memory_order_relaxed) + 1;
      box.posted.store(tickets[cpu], std::memory_order_relaxed);
    }
    hardware_->send_ipi(cpu);
  }
  if (cpus & (CpuMask{1} << self)) flush_range(begin, end);
  for (CpuMask left = others; left != 0; left &= left - 1) {
    u32 const cpu = static_cast<u32>(std::countr_zero(left));
    // The acquire pairs with the release in serve: the CPU has forgotten.
    while (mailboxes_[cpu].served.load(std::memory_order_acquire) < tickets[cpu]) while_waiting();
  }
}

void Shootdown::rendezvous() {
  CpuMask const others = online_.load(std::memory_order_seq_cst) & ~(CpuMask{1} << this_cpu());
  u64 tickets[max_cpus];
  for (CpuMask left = others; left != 0; left &= left - 1) {
    u32 const cpu = static_cast<u32>(std::countr_zero(left));
    tickets[cpu] = mailboxes_[cpu].called.fetch_add(1, std::memory_order_release) + 1;
    hardware_->send_ipi(cpu);
  }
  for (CpuMask left = others; left != 0; left &= left - 1) {
    u32 const cpu = static_cast<u32>(std::countr_zero(left));
    // The acquire pairs with the release in arrive. Two that wait for each other are both between two pieces of work.
    for (; mailboxes_[cpu].arrived.load(std::memory_order_acquire) < tickets[cpu]; while_waiting()) arrive();
  }
}

void Shootdown::arrive() {
  Mailbox& box = mailboxes_[this_cpu()];
  box.arrived.store(box.called.load(std::memory_order_acquire), std::memory_order_release);
}

void Shootdown::serve() {
  Mailbox& box = mailboxes_[this_cpu()];
  // Cheap when there is nothing: this is in every spin loop. A request missed here is met the next time round.
  if (box.posted.load(std::memory_order_relaxed) == box.served.load(std::memory_order_relaxed)) return;
  u64 begin, end, ticket;
  {
    // Not lock(): spinning would come back here. Who holds it is posting, and sends an IPI or waits for us afterwards.
    if (!box.lock.try_lock()) return;
    begin = box.begin;
    end = box.end;
    ticket = box.posted.load(std::memory_order_relaxed);
    box.begin = ~u64{0};
    box.end = 0;
    box.lock.unlock();
  }
  flush_range(begin, end);
  box.served.store(ticket, std::memory_order_release);
}

}  // namespace hinge::nucleus::mm
