// links: host/heap.cpp host/lock_rank.cpp tests/support/fake_host.cpp
#include "host/heap.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "host/heap_census.hpp"
#include "tests/support/fake_host.hpp"

namespace hinge::host {
namespace {

struct Block { unsigned char* at; usize bytes; unsigned char fill; };

/// Allocates and releases at random; every block must keep what was written to it.
void exercise(unsigned seed, int rounds) {
  std::mt19937 random{seed};
  std::vector<Block> blocks;
  auto check = [](Block const& b) {
    for (usize i = 0; i < b.bytes; i += 1 + b.bytes / 64) ASSERT_EQ(b.at[i], b.fill);
    if (b.bytes) ASSERT_EQ(b.at[b.bytes - 1], b.fill);
  };
  for (int i = 0; i < rounds; ++i) {
    if (blocks.size() < 200 && random() % 5 < 3) {
      usize const bytes = random() % 16 == 0 ? random() % 300'000 : random() % 3000;
      auto* const at = static_cast<unsigned char*>(allocate(bytes));
      ASSERT_NE(at, nullptr);
      ASSERT_EQ(reinterpret_cast<u64>(at) % heap_alignment, 0u);
      blocks.push_back({at, bytes, static_cast<unsigned char>(random())});
      std::memset(at, blocks.back().fill, bytes);
    } else if (!blocks.empty()) {
      std::swap(blocks[random() % blocks.size()], blocks.back());
      check(blocks.back());
      release(blocks.back().at);
      blocks.pop_back();
    }
  }
  for (Block const& b : blocks) {
    check(b);
    release(b.at);
  }
}

TEST(Heap, KeepsBlocksApart) {
  exercise(1, 20'000);
  EXPECT_EQ(heap_bytes_in_use(), 0u);
}

TEST(Heap, ServesManyThreads) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) threads.emplace_back(exercise, i + 10, 5'000);
  for (auto& t : threads) t.join();
  EXPECT_EQ(heap_bytes_in_use(), 0u);
}

TEST(Heap, GivesFramesBackAfterABurst) {
  u64 const before = fake_host::committed_frames();
  std::vector<void*> blocks;
  for (int i = 0; i < 10'000; ++i) blocks.push_back(allocate(512));
  EXPECT_GE(fake_host::committed_frames(), before + 1'200);
  for (void* b : blocks) release(b);
  EXPECT_LE(fake_host::committed_frames(), before + 100);
}

TEST(Heap, AnswersNullWhenFramesRunOut) {
  fake_host::limit_frames(fake_host::committed_frames() + 8);
  EXPECT_EQ(allocate(1 << 20), nullptr);
  EXPECT_EQ(allocate(~usize{0}), nullptr);
  fake_host::limit_frames(~u64{0});
  void* const block = allocate(1 << 20);
  ASSERT_NE(block, nullptr);
  std::memset(block, 1, 1 << 20);
  release(block);
}

TEST(Heap, TellsBlocksBySize) {
  u32 const sizes = heap_sizes();
  auto const blocks_of = [&](u64 bytes) {
    for (u32 i = 0; i < sizes; ++i)
      if (HeapBlocks const b = heap_blocks(i); b.block_bytes == bytes) return b;
    return HeapBlocks{};
  };
  HeapBlocks const small = blocks_of(48), large = blocks_of(0);
  void* const one = allocate(40);
  void* const other = allocate(100'000);
  EXPECT_EQ(blocks_of(48).blocks, small.blocks + 1);
  EXPECT_EQ(blocks_of(48).bytes, small.bytes + 48);
  EXPECT_GE(blocks_of(48).committed, page_bytes);
  EXPECT_EQ(blocks_of(0).blocks, large.blocks + 1);
  EXPECT_EQ(blocks_of(0).committed, large.committed + align_up(100'000, page_bytes));
  u64 const spans = heap_free_spans();
  release(one);
  release(other);
  EXPECT_EQ(blocks_of(48).blocks, small.blocks);
  EXPECT_EQ(blocks_of(0).bytes, large.bytes);
  EXPECT_EQ(heap_free_spans(), spans + 1) << "the slab is kept, as its size's only one";
}

struct Thing : Shared<Thing> {
  explicit Thing(int& alive) : alive_{alive} { ++alive_; }
  ~Thing() { --alive_; }
  int& alive_;
};

TEST(Heap, SharedObjectsDieWithTheirLastReference) {
  int alive = 0;
  {
    Ref<Thing> a = make_ref<Thing>(alive);
    Ref<Thing> b = a;
    a = nullptr;
    EXPECT_EQ(alive, 1);
    EXPECT_EQ(b->references(), 1u);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace hinge::host
