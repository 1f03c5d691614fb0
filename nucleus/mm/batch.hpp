// Frames that leave a page table wait here until every CPU has forgotten them: entries are cleared first, then one
// shootdown for the whole range, and only then are the shares dropped. Lives on the stack of one operation, which holds
// the lock of the tables it works on. Flushes by itself when full; the destructor flushes the rest.
#pragma once

#include "nucleus/mm/frames.hpp"
#include "nucleus/mm/shootdown.hpp"

namespace hinge::nucleus::mm {

class Batch {
 public:
  /// Translations may be cached by the CPUs in `cpus`, read anew at each flush.
  Batch(Frames& frames, Shootdown& tlb, std::atomic<CpuMask> const& cpus) : frames_{frames}, tlb_{tlb}, cpus_{cpus} {}
  ~Batch() { flush(); }
  Batch(Batch const&) = delete;
  Batch& operator=(Batch const&) = delete;

  /// The page at `address` changed: to be forgotten.
  void note(u64 address, u64 bytes = page_bytes) {
    if (address < begin_) begin_ = address;
    if (address + bytes > end_) end_ = address + bytes;
  }
  /// A share of `frame` to be dropped after the shootdown of the page at `address`.
  void add(u64 address, PhysAddr frame, u64 bytes = page_bytes) {
    if (count_ == capacity) flush();
    note(address, bytes);
    waiting_[count_++] = frame;
  }
  void flush();

 private:
  static constexpr u32 capacity = 64;
  Frames& frames_;
  Shootdown& tlb_;
  std::atomic<CpuMask> const& cpus_;
  u64 begin_ = ~u64{0}, end_ = 0;
  u32 count_ = 0;
  PhysAddr waiting_[capacity];
};

}  // namespace hinge::nucleus::mm
