// Fake hardware for the memory manager's host tests: an array as physical memory, and CPUs that remember translations
// as a processor may, so that a missing shootdown shows as a use of a forgotten or freed frame.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus::mm {

/// What each fake CPU remembers: page address -> leaf entry. One space per CPU at a time is enough for the tests.
inline std::map<u64, u64> fake_tlb[max_cpus];
inline u64 fake_ipis = 0;
inline Memory* fake_waiting = nullptr;      ///< Whose shootdowns spinning CPUs serve.
inline bool fake_threads = false;           ///< The CPUs are threads; otherwise one thread plays them all in turn.

[[gnu::used]] inline void while_waiting() {
  if (!fake_waiting) return;
  if (fake_threads) {
    fake_waiting->tlb.serve();
    std::this_thread::yield();
    return;
  }
  u32 const self = fake_cpu;
  for (u32 cpu = 0; cpu < 4; ++cpu) {
    fake_cpu = cpu;
    fake_waiting->tlb.serve();
  }
  fake_cpu = self;
}

inline void fake_invalidate(u64 begin, u64 end) {
  auto& tlb = fake_tlb[fake_cpu];
  tlb.erase(tlb.lower_bound(begin), tlb.lower_bound(end));
}
inline void fake_invalidate_all() { fake_tlb[fake_cpu].clear(); }
inline void fake_send_ipi(u32) { ++fake_ipis; }
inline constexpr TlbHardware fake_tlb_hardware = {fake_invalidate, fake_invalidate_all, fake_send_ipi};

class MemoryTest : public testing::Test {
 protected:
  static constexpr u64 ram_bytes = u64{32} << 20;
  static constexpr u64 master_address = page_bytes;

  MemoryTest() {
    ram_ = static_cast<u8*>(std::aligned_alloc(page_bytes, ram_bytes));
    std::memset(ram_, 0xa5, ram_bytes);
    std::memset(ram_ + master_address, 0, page_bytes);
    fake_memory = ram_;
    fake_cpu = 0;
    for (auto& tlb : fake_tlb) tlb.clear();
    memory_ = std::make_unique<Memory>();
    fake_waiting = memory_.get();
    PhysRange const usable[] = {{PhysAddr{2 * page_bytes}, PhysAddr{160 * page_bytes}},
                                {PhysAddr{300 * page_bytes}, PhysAddr{ram_bytes}}};
    EXPECT_TRUE(memory_->start(usable, PhysAddr{master_address}, fake_tlb_hardware, 4));
    memory_->tlb.online();
    free_at_start_ = memory_->frames.statistics().free;
  }
  ~MemoryTest() override {
    EXPECT_EQ(account_.used(), 0u) << "charged frames are left";
    EXPECT_EQ(memory_->frames.statistics().free + kept_, free_at_start_) << "frames are lost";
    fake_waiting = nullptr;
    memory_.reset();
    std::free(ram_);
  }

  Ref<Space> new_space() { return *Space::create(*memory_, account_); }

  u8* ram_;
  std::unique_ptr<Memory> memory_;
  Account account_{1 << 20};
  u64 free_at_start_ = 0;
  u64 kept_ = 0;                            ///< Frames that the test knows to stay in pools.
};

inline constexpr Protection read_write = Protection::read | Protection::write;
inline constexpr Protection everything = read_write | Protection::execute;

inline Mapping anonymous(u64 bytes, Protection p = read_write) {
  return {.address = 0, .bytes = bytes, .protection = p, .maximum = everything, .flags = 0, .object = no_handle,
          .offset = 0, .opaque = {}};
}
inline Mapping at(u64 address, Mapping m) {
  m.address = address;
  m.flags |= u32(MapFlag::fixed);
  return m;
}

}  // namespace hinge::nucleus::mm
