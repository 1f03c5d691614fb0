// Filling, sharing and giving back the pages of a read cache, over a source that counts what it is asked for.
// links: services/linux/files/disk_cache.cpp services/linux/files/disk_cache_pages.cpp services/linux/files/cache_list.cpp
// links: services/linux/files/disk_cache_write.cpp services/linux/files/write_back.cpp services/linux/files/dirty_list.cpp
// links: services/linux/files/page_tree.cpp services/linux/files/transfer.cpp host/pages.cpp host/heap.cpp host/lock_rank.cpp
// links: tests/support/fake_host.cpp
#include "services/linux/files/disk_cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "host/pages.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/flusher.hpp"
#include "tests/support/fake_host.hpp"

namespace hinge::linux_service {

// All of the test's memory is there.
Attempt<> make_present(Thread&, UserAddr, bool) { return fail(Errno::bad_address); }
// Nothing becomes dirty here.
void Flusher::wake() {}
void Flusher::hurry() {}

namespace {

alignas(64) char nobody[64];  // Stands for the calling thread, which only missing memory would ask for.

u8 byte_at(u64 at) { return u8(at * 131 + at / page_bytes * 17); }

class CountingSource final : public PageSource {
 public:
  Attempt<> read_pages(u64 offset, Buffer into) override {
    ++requests;
    std::this_thread::sleep_for(delay);
    std::lock_guard guard{lock};
    for (u64 at = offset; at < offset + into.bytes; ++at) {
      if (at / page_bytes == bad_page) return fail(Errno::io);
      reinterpret_cast<u8*>(into.address)[at - offset] = at < bytes ? byte_at(at) : 0;
    }
    for (u64 p = offset / page_bytes; p < (offset + into.bytes) / page_bytes; ++p) ++times_read[p];
    return ok;
  }
  Attempt<> write_pages(u64, Buffer) override { return fail(Errno::read_only); }
  u64 end() const override { return bytes; }
  void hold() override {}
  void let_go() override {}
  u64 bytes = 1000 * page_bytes + 123;
  u64 bad_page = ~u64{0};
  std::chrono::milliseconds delay{0};
  std::atomic<u32> requests{0};
  std::mutex lock;
  std::vector<u32> times_read = std::vector<u32>(1100);
};

class DiskCacheTest : public testing::Test {
 protected:
  /// Bytes read, or a negated errno; checks them all.
  i64 read(u64 offset, usize bytes, ReadAhead& ahead) {
    std::vector<u8> to(bytes);
    Transfer into = Transfer::slot(to.data(), bytes);
    auto const done = cache.read(reinterpret_cast<Thread&>(nobody), into, offset, source.bytes, ahead);
    if (!done) return -i64(done.error());
    for (usize i = 0; i < *done; ++i)
      if (to[i] != byte_at(offset + i)) return -1000;
    return i64(*done);
  }
  CountingSource source;
  DiskCache cache{source};
};

TEST_F(DiskCacheTest, ReadsInOrderComeInFewRequests) {
  ReadAhead ahead;
  for (u64 at = 0; at < 256 * page_bytes; at += page_bytes) ASSERT_EQ(read(at, page_bytes, ahead), i64(page_bytes));
  EXPECT_LE(source.requests, 4u + 256 / ReadAhead::largest);
  u32 const before = source.requests;
  for (u64 at = 0; at < 256 * page_bytes; at += 5000) ASSERT_EQ(read(at, 5000, ahead), 5000);
  EXPECT_EQ(source.requests, before);
}

TEST_F(DiskCacheTest, ReadsHereAndThereReadNoMoreThanAsked) {
  ReadAhead ahead;
  std::mt19937 random{3};
  for (int i = 0; i < 100; ++i) ASSERT_EQ(read((1 + random() % 99) * 10 * page_bytes, page_bytes, ahead), i64(page_bytes));
  EXPECT_EQ(cache.count(), source.requests);
}

TEST_F(DiskCacheTest, EndsAtTheEnd) {
  ReadAhead ahead;
  EXPECT_EQ(read(1000 * page_bytes, 5000, ahead), 123);
  EXPECT_EQ(read(source.bytes, 10, ahead), 0);
  EXPECT_EQ(read(990 * page_bytes, 100 * page_bytes, ahead), i64(10 * page_bytes + 123));
}

TEST_F(DiskCacheTest, ABadPageHurtsOnlyThoseWhoWantIt) {
  source.bad_page = 3;
  ReadAhead ahead;
  EXPECT_EQ(read(0, page_bytes, ahead), i64(page_bytes));
  EXPECT_EQ(read(0, 8 * page_bytes, ahead), i64(3 * page_bytes));
  EXPECT_EQ(read(3 * page_bytes, 10, ahead), -i64(Errno::io));
  source.bad_page = ~u64{0};
  EXPECT_EQ(read(0, 8 * page_bytes, ahead), i64(8 * page_bytes));
}

TEST_F(DiskCacheTest, ReadersOfOnePageWaitForOneFill) {
  source.delay = std::chrono::milliseconds{30};
  std::vector<std::thread> readers;
  std::atomic<u32> right{0};
  for (int i = 0; i < 8; ++i)
    readers.emplace_back([&] {
      ReadAhead ahead;
      right += read(500 * page_bytes, page_bytes, ahead) == i64(page_bytes);
    });
  for (auto& r : readers) r.join();
  EXPECT_EQ(right, 8u);
  EXPECT_EQ(source.times_read[500], 1u);
}

TEST_F(DiskCacheTest, GivesUnusedPagesBackFirst) {
  ReadAhead ahead;
  ASSERT_EQ(read(0, 64 * page_bytes, ahead), i64(64 * page_bytes));
  EXPECT_EQ(cache.shrink(1), 0u);  // The first round takes the marks off...
  ASSERT_EQ(read(0, 32 * page_bytes, ahead), i64(32 * page_bytes));
  EXPECT_EQ(cache.shrink(32), 32u);
  u32 const before = source.requests;
  EXPECT_EQ(read(0, 32 * page_bytes, ahead), i64(32 * page_bytes));
  EXPECT_EQ(source.requests, before);  // ...and what was used again has stayed.
  cache.drop(0, PageTree::max_pages);
  EXPECT_EQ(cache.count(), 0u);
}

TEST_F(DiskCacheTest, StreamsWhatDoesNotFitMemory) {
  fake_host::limit_frames(fake_host::committed_frames() + 400);
  ReadAhead ahead;
  for (u64 at = 0; at < source.bytes; at += 16 * page_bytes) ASSERT_GT(read(at, 16 * page_bytes, ahead), 0) << at / page_bytes;
  EXPECT_LT(cache.count(), 600u);
  fake_host::limit_frames(~u64{0});
}

TEST_F(DiskCacheTest, ReadersAndReclaimAtOnce) {
  std::atomic<bool> stop{false};
  std::atomic<u32> wrong{0};
  std::vector<std::thread> threads;
  for (u32 seed = 1; seed <= 4; ++seed)
    threads.emplace_back([&, seed] {
      ReadAhead ahead;
      std::mt19937 random{seed};
      for (int i = 0; i < 400; ++i) {
        u64 const at = random() % (source.bytes - 70000);
        usize const bytes = 1 + random() % 70000;
        wrong += read(at, bytes, ahead) != i64(bytes);
      }
    });
  std::thread reclaim{[&] { while (!stop) (void)CacheList::shrink(20); }};
  for (auto& t : threads) t.join();
  stop = true;
  reclaim.join();
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace hinge::linux_service
