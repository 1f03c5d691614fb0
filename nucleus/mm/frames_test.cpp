// links: nucleus/mm/frames.cpp nucleus/mm/shootdown.cpp nucleus/mm/batch.cpp nucleus/mm/page_tree.cpp
// links: nucleus/mm/page_store.cpp nucleus/mm/roots.cpp nucleus/mm/object.cpp nucleus/mm/slot_memory.cpp
// links: nucleus/mm/kernel_area.cpp nucleus/mm/kernel_stacks.cpp nucleus/mm/memory.cpp nucleus/mm/dma.cpp nucleus/mm/regions.cpp
// links: nucleus/mm/space.cpp nucleus/mm/space_map.cpp nucleus/mm/space_pages.cpp nucleus/mm/space_fault.cpp
// links: nucleus/mm/space_copy.cpp
// The frame allocator: blocks split and merge, caches give back, accounts stop.
#include <random>
#include <vector>

#include "nucleus/mm/test_memory.hpp"

namespace hinge::nucleus::mm {

using FramesTest = MemoryTest;

TEST_F(FramesTest, FramesAreZeroedChargedAndReturned) {
  Frames& frames = memory_->frames;
  PhysAddr const f = *frames.allocate(account_);
  EXPECT_EQ(account_.used(), 1u);
  for (u64 i = 0; i < page_bytes; ++i) ASSERT_EQ(frame_pointer<u8>(f)[i], 0);
  frames.share(f);
  EXPECT_EQ(frames.shares(f), 2u);
  frames.drop(f);
  EXPECT_EQ(account_.used(), 1u);
  frames.drop(f);
  EXPECT_EQ(account_.used(), 0u);
  EXPECT_EQ(frame_pointer<u8>(f)[7], 0x6b) << "freed frames are poisoned";
}

TEST_F(FramesTest, QuotaIsNotMemory) {
  Account small{2};
  PhysAddr const a = *memory_->frames.allocate(small), b = *memory_->frames.allocate(small);
  EXPECT_EQ(memory_->frames.allocate(small).error(), Error::quota);
  EXPECT_EQ(memory_->frames.allocate_block(small, 3).error(), Error::quota);
  memory_->frames.drop(a);
  memory_->frames.drop(b);
  EXPECT_EQ(small.used(), 0u);
}

TEST_F(FramesTest, ExhaustionGivesBackEverything) {
  std::vector<PhysAddr> all;
  for (;;) {
    fake_cpu = static_cast<u32>(all.size() % 3);
    auto f = memory_->frames.allocate(account_, Fill::none);
    if (!f) {
      EXPECT_EQ(f.error(), Error::no_memory);
      break;
    }
    all.push_back(*f);
  }
  EXPECT_GT(all.size() + 3 * 64, free_at_start_);
  fake_cpu = 0;
  for (PhysAddr f : all) memory_->frames.drop(f);
}

TEST_F(FramesTest, BlocksAreAlignedDisjointAndMergeAgain) {
  std::mt19937 random{1};
  struct Block { PhysAddr at; u32 order; };
  std::vector<Block> held;
  for (int i = 0; i < 20'000; ++i) {
    if (held.size() < 40 && random() % 2) {
      u32 const order = random() % 8;
      auto f = order == 0 ? memory_->frames.allocate(account_, Fill::none) : memory_->frames.allocate_block(account_, order, Fill::none);
      if (!f) continue;
      ASSERT_EQ(f->raw() % (page_bytes << order), 0u);
      for (Block const& other : held)
        ASSERT_TRUE(f->raw() + (page_bytes << order) <= other.at.raw() || other.at.raw() + (page_bytes << other.order) <= f->raw());
      held.push_back({*f, order});
    } else if (!held.empty()) {
      std::swap(held[random() % held.size()], held.back());
      memory_->frames.drop(held.back().at);
      held.pop_back();
    }
  }
  for (Block const& b : held) memory_->frames.drop(b.at);
  // Merged again: nearly all memory is there in largest blocks.
  std::vector<PhysAddr> blocks;
  while (auto f = memory_->frames.allocate_block(account_, Frames::max_order, Fill::none)) blocks.push_back(*f);
  EXPECT_GE(blocks.size(), 6u);
  for (PhysAddr b : blocks) memory_->frames.drop(b);
}

}  // namespace hinge::nucleus::mm
