// links: nucleus/mm/frames.cpp nucleus/mm/shootdown.cpp nucleus/mm/batch.cpp nucleus/mm/page_tree.cpp
// links: nucleus/mm/page_store.cpp nucleus/mm/roots.cpp nucleus/mm/object.cpp nucleus/mm/slot_memory.cpp
// links: nucleus/mm/kernel_area.cpp nucleus/mm/kernel_stacks.cpp nucleus/mm/memory.cpp nucleus/mm/dma.cpp nucleus/mm/regions.cpp
// links: nucleus/mm/space.cpp nucleus/mm/space_map.cpp nucleus/mm/space_pages.cpp nucleus/mm/space_fault.cpp
// links: nucleus/mm/space_copy.cpp
// Shootdown between processors that are threads, all shooting at each other at once and none ever answering but while
// it waits itself.
#include <vector>

#include "nucleus/mm/test_memory.hpp"

namespace hinge::nucleus::mm {

namespace {

constexpr u32 cpus = 4;
constexpr u64 rounds = 500;
std::atomic<u64> asked[cpus];               ///< Round in which a CPU changed its page.
std::atomic<u64> forgotten[cpus][cpus];     ///< [by][whose page]: the round that was current when it was forgotten.

u64 page_of(u32 cpu) { return 0x1000'0000 + u64{cpu} * 64 * page_bytes; }

void forget(u64 begin, u64 end) {
  for (u32 whose = 0; whose < cpus; ++whose)
    if (begin <= page_of(whose) && page_of(whose) < end) forgotten[fake_cpu][whose] = asked[whose].load();
}
void forget_all() { forget(0, ~u64{0}); }
constexpr TlbHardware threads_hardware = {forget, forget_all, fake_send_ipi};

}  // namespace

class ShootdownTest : public MemoryTest {
 protected:
  ~ShootdownTest() override { fake_threads = false; }
};

TEST_F(ShootdownTest, NobodyReturnsBeforeAllHaveForgotten) {
  Shootdown& tlb = memory_->tlb;
  tlb.start(threads_hardware);
  fake_threads = true;
  std::atomic<u32> running{cpus}, wrong{0};
  std::vector<std::thread> threads;
  for (u32 id = 0; id < cpus; ++id)
    threads.emplace_back([&, id] {
      fake_cpu = id;
      tlb.online();
      for (u64 round = 1; round <= rounds; ++round) {
        asked[id] = round;
        tlb.flush((1 << cpus) - 1, page_of(id), page_of(id) + page_bytes);
        for (u32 by = 0; by < cpus; ++by) wrong += forgotten[by][id] < round;
      }
      --running;
      while (running != 0) tlb.serve();  // As a CPU in user mode answers interrupts.
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(wrong, 0u);
}

TEST_F(ShootdownTest, LockHolderWaitsForOneThatSpinsOnTheLock) {
  Shootdown& tlb = memory_->tlb;
  tlb.start(threads_hardware);
  fake_threads = true;
  Lock<Rank::space> lock;
  std::atomic<u32> running{2};
  std::vector<std::thread> threads;
  for (u32 id = 0; id < 2; ++id)
    threads.emplace_back([&, id] {
      fake_cpu = id;
      for (u64 round = 0; round < rounds; ++round) {
        Guard guard{lock};
        tlb.flush(3, page_of(id), page_of(id) + page_bytes);
      }
      --running;
      while (running != 0) tlb.serve();
    });
  for (auto& t : threads) t.join();
}

TEST_F(ShootdownTest, ARendezvousIsNotWithThoseInTheMiddleOfSomething) {
  Shootdown& tlb = memory_->tlb;
  tlb.start(threads_hardware);
  fake_threads = true;
  std::atomic<u32> running{cpus}, wrong{0}, online{0};
  std::atomic<bool> busy[cpus]{};
  std::atomic<u64> pieces[cpus]{};
  std::vector<std::thread> threads;
  for (u32 id = 0; id < cpus; ++id)
    threads.emplace_back([&, id] {
      fake_cpu = id;
      tlb.online();
      for (++online; online != cpus;) {}
      for (u64 round = 0; round < rounds; ++round) {
        u64 seen[cpus];
        for (u32 other = 0; other < cpus; ++other) {
          u64 const done = pieces[other];
          seen[other] = busy[other] ? done + 1 : 0;
        }
        tlb.rendezvous();
        for (u32 other = 0; other < cpus; ++other) wrong += other != id && seen[other] > pieces[other];
        busy[id] = true;
        for (u32 spins = 0; spins < 8; ++spins) tlb.serve();
        busy[id] = false;
        ++pieces[id];
        tlb.arrive();
      }
      --running;
      while (running != 0) tlb.serve(), tlb.arrive();
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(wrong, 0u);
}

TEST_F(ShootdownTest, OnlyCpusInTheMaskAreDisturbed) {
  memory_->tlb.online();
  u64 const before = fake_ipis;
  memory_->tlb.flush(1, 0x1000, 0x2000);  // Only this one.
  memory_->tlb.flush(0, 0x1000, 0x2000);
  EXPECT_EQ(fake_ipis, before);
  memory_->tlb.flush(0b111, 0x1000, 0x2000);
  EXPECT_EQ(fake_ipis, before + 2);
}

}  // namespace hinge::nucleus::mm
