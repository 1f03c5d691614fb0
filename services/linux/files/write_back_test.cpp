// Writing through the cache, over a source that keeps the bytes, promises places, and fails when told to; beside writers,
// a flusher, reclaim and stores of mappings, against what a plain array would hold.
// links: services/linux/files/disk_cache.cpp services/linux/files/disk_cache_pages.cpp services/linux/files/cache_list.cpp
// links: services/linux/files/disk_cache_write.cpp services/linux/files/write_back.cpp services/linux/files/dirty_list.cpp
// links: services/linux/files/page_tree.cpp services/linux/files/transfer.cpp host/pages.cpp host/heap.cpp host/lock_rank.cpp
// links: tests/support/fake_host.cpp
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/dirty_list.hpp"
#include "services/linux/files/flusher.hpp"
#include "tests/support/fake_host.hpp"

namespace hinge::linux_service {

// The test's memory is there, but for what `missing_from` says: copies stop at it until it is populated.
thread_local u64 missing_from = ~u64{0};
usize cut(u64 at, usize bytes) { return at + bytes > missing_from ? at + bytes - std::max(missing_from, at) : 0; }
usize copy_in(void* to, u64 from, usize bytes) {
  usize const failed = cut(from, bytes);
  std::memcpy(to, reinterpret_cast<void const*>(from), bytes - failed);
  return failed;
}
Attempt<> make_present(Thread&, UserAddr, bool) {
  missing_from = ~u64{0};
  return ok;
}
void Flusher::wake() {}
void Flusher::hurry() {}

namespace {

alignas(64) char nobody[64];
Thread& self() { return reinterpret_cast<Thread&>(nobody); }

/// What the nucleus knows of the one object there is: pages that mappings show, and whether a store has to ask.
struct Shown { u64 address; bool guarded; };
std::mutex shown_lock;
std::map<u64, Shown> shown;

i64 create_object(u64, u64, u64, u64, u64, u64) { return 7; }
i64 supply_object(u64, u64 first, u64 address, u64 pages, u64 guarded, u64) {
  std::lock_guard guard{shown_lock};
  for (u64 i = 0; i < pages; ++i) {
    auto const [at, fresh] = shown.try_emplace(first + i, Shown{address + i * page_bytes, guarded != 0});
    if (!fresh && !guarded) at->second.guarded = false;
  }
  return 0;
}
i64 withdraw_object(u64, u64 first, u64 pages, u64, u64, u64) {
  std::lock_guard guard{shown_lock};
  for (u64 i = 0; i < pages; ++i) shown.erase(first + i);
  return 0;
}

class KeepingSource final : public PageSource {
 public:
  Attempt<> read_pages(u64 offset, Buffer into) override {
    std::lock_guard guard{lock};
    ++reads;
    auto* const to = reinterpret_cast<u8*>(into.address);
    for (u64 i = 0; i < into.bytes; ++i) to[i] = offset + i < disk.size() ? disk[offset + i] : 0;
    return ok;
  }
  Attempt<> write_pages(u64 offset, Buffer from) override {
    std::this_thread::sleep_for(delay);
    std::lock_guard guard{lock};
    ++writes;
    if (fails) return fail(*fails == Errno::io ? Errno::io : *fails);
    u64 const bytes = std::min<u64>(from.bytes, end() - std::min(end(), offset));
    if (disk.size() < offset + bytes) disk.resize(offset + bytes);
    std::memcpy(disk.data() + offset, reinterpret_cast<void const*>(from.address), bytes);
    return ok;
  }
  u64 end() const override { return size; }
  bool take_place() override {
    if (places == 0) return false;
    --places;
    return true;
  }
  void end_places(u64 pages, bool written) override { places += written ? 0 : pages; }
  Attempt<> promise_places() override {
    if (full) return fail(Errno::no_space);
    places += 5;
    return ok;
  }
  void hold() override { ++holders; }
  void let_go() override { --holders; }

  std::vector<u8> disk;
  std::atomic<u64> size{0};
  std::atomic<u64> places{0};
  std::atomic<int> holders{0};
  std::atomic<u32> reads{0}, writes{0};
  std::optional<Errno> fails;
  bool full = false;
  std::chrono::microseconds delay{0};
  std::mutex lock;
};

class WriteBackTest : public testing::Test {
 protected:
  WriteBackTest() {
    shown.clear();
    fake_host::replace(native::Number::object_create, create_object);
    fake_host::replace(native::Number::object_supply, supply_object);
    fake_host::replace(native::Number::object_withdraw, withdraw_object);
  }
  ~WriteBackTest() override {
    cache.discard(0, PageTree::max_pages);
    DirtyList::write_back(nullptr);
    EXPECT_EQ(source.holders, 0);
  }

  /// As a file's owner does it: bytes written, or a negated errno.
  i64 write(u64 offset, std::vector<u8> const& data) {
    Transfer from{UserAddr{reinterpret_cast<u64>(data.data())}, data.size()};
    for (usize done = 0;;) {
      auto stop = DiskCache::Stop::done;
      {
        std::lock_guard guard{writers};
        u64 const at = offset + done, known = source.size;
        if (at > known) cache.clear(known, align_up(known, page_bytes));
        done += cache.write(from, at, ~u64{0}, known, stop);
        if (source.size < offset + done) source.size = offset + done;
      }
      if (stop == DiskCache::Stop::done) return i64(done);
      auto const went_on = stop == DiskCache::Stop::caller_memory ? from.populate(self(), false)
                                                                  : cache.obtain(stop, (offset + done) / page_bytes, 4);
      if (!went_on) return done ? i64(done) : -i64(went_on.error());
    }
  }
  std::vector<u8> read(u64 offset, usize bytes) {
    std::vector<u8> to(bytes);
    Transfer into = Transfer::slot(to.data(), bytes);
    auto const done = cache.read(self(), into, offset, source.size, ahead);
    to.resize(done ? *done : 0);
    return to;
  }
  /// A program's store through a shared mapping.
  void store(u64 at, u8 value) {
    u64 const index = at / page_bytes;
    for (;;) {
      {
        std::lock_guard guard{shown_lock};
        if (auto const page = shown.find(index); page != shown.end() && !page->second.guarded) {
          reinterpret_cast<u8*>(page->second.address)[at % page_bytes] = value;
          return;
        }
      }
      ASSERT_TRUE(cache.supply(index, (source.size + page_bytes - 1) / page_bytes, ahead, true));
    }
  }
  static std::vector<u8> bytes(usize count, u32 seed) {
    std::mt19937 random{seed};
    std::vector<u8> data(count);
    for (auto& b : data) b = u8(random());
    return data;
  }

  KeepingSource source;
  DiskCache cache{source};
  ReadAhead ahead;
  std::mutex writers;
};

TEST_F(WriteBackTest, WhatIsWrittenIsReadAndReachesTheDiskInRows) {
  auto const data = bytes(40 * page_bytes + 77, 1);
  EXPECT_EQ(write(0, data), i64(data.size()));
  EXPECT_EQ(source.writes, 0u);
  EXPECT_EQ(source.holders, 1);
  EXPECT_EQ(read(0, data.size()), data);
  ASSERT_TRUE(cache.write_back(0, PageTree::max_pages));
  EXPECT_EQ(source.disk, data);
  EXPECT_LE(source.writes, 12u);
  EXPECT_EQ(source.reads, 0u) << "nothing of it was on the disk before";
  EXPECT_EQ(cache.dirty_count(), 0u);
  cache.drop(0, PageTree::max_pages);
  EXPECT_EQ(read(0, data.size()), data);
}

TEST_F(WriteBackTest, SmallAppendsLieInRows) {
  auto const data = bytes(64 * page_bytes, 2);
  for (u64 at = 0; at < data.size(); at += 512) ASSERT_EQ(write(at, {data.begin() + i64(at), data.begin() + i64(at) + 512}), 512);
  ASSERT_TRUE(cache.write_back(0, PageTree::max_pages));
  EXPECT_EQ(source.disk, data);
  EXPECT_LE(source.writes, 8u);
}

TEST_F(WriteBackTest, PartOfAPageIsReadBeforeItIsChanged) {
  source.disk = bytes(3 * page_bytes, 3);
  source.size = source.disk.size();
  auto expected = source.disk;
  auto const part = bytes(100, 4);
  std::copy(part.begin(), part.end(), expected.begin() + page_bytes + 50);
  EXPECT_EQ(write(page_bytes + 50, part), 100);
  EXPECT_EQ(source.reads, 1u);
  EXPECT_EQ(write(2 * page_bytes, bytes(page_bytes, 5)), i64(page_bytes));
  EXPECT_EQ(source.reads, 1u) << "a whole page need not be read";
  auto const whole = bytes(page_bytes, 5);
  std::copy(whole.begin(), whole.end(), expected.begin() + 2 * page_bytes);
  ASSERT_TRUE(cache.write_back(0, PageTree::max_pages));
  EXPECT_EQ(source.disk, expected);
}

TEST_F(WriteBackTest, TheCallersMemoryMayBeMissingInTheMiddle) {
  source.disk = bytes(4 * page_bytes, 6);
  source.size = source.disk.size();
  auto const data = bytes(3 * page_bytes, 7);
  fake_host::replace_copy_in(copy_in);
  missing_from = reinterpret_cast<u64>(data.data()) + page_bytes + 1000;
  EXPECT_EQ(write(0, data), i64(data.size()));
  EXPECT_EQ(read(0, data.size()), data);
}

TEST_F(WriteBackTest, AFullDiskIsToldByTheWrite) {
  source.places = 2;
  source.full = true;
  EXPECT_EQ(write(0, bytes(3 * page_bytes, 8)), i64(2 * page_bytes));
  EXPECT_EQ(write(2 * page_bytes, bytes(10, 8)), -i64(Errno::no_space));
  EXPECT_EQ(write(100, bytes(10, 8)), 10) << "what is dirty has its place";
  cache.discard(1, 2);
  EXPECT_EQ(source.places, 1u) << "what is dropped gives it back";
  ASSERT_TRUE(cache.write_back(0, PageTree::max_pages));
  EXPECT_EQ(write(0, bytes(10, 9)), 10) << "and what was written keeps it";
  EXPECT_EQ(source.places, 1u);
}

TEST_F(WriteBackTest, FailuresAreToldToEachOpenFileOnce) {
  std::atomic<ErrorSequence::Mark> one = cache.errors().mark(), other = cache.errors().mark();
  EXPECT_EQ(write(0, bytes(page_bytes, 10)), i64(page_bytes));
  source.fails = Errno::io;
  EXPECT_FALSE(cache.write_back(0, PageTree::max_pages));
  EXPECT_EQ(cache.dirty_count(), 0u);
  std::atomic<ErrorSequence::Mark> later = cache.errors().mark();
  EXPECT_EQ(cache.errors().check(one).error(), Errno::io);
  EXPECT_TRUE(cache.errors().check(one));
  EXPECT_EQ(cache.errors().check(other).error(), Errno::io);
  EXPECT_EQ(cache.errors().check(later).error(), Errno::io) << "nobody knew when it was opened";
  std::atomic<ErrorSequence::Mark> last = cache.errors().mark();
  EXPECT_TRUE(cache.errors().check(last));
}

TEST_F(WriteBackTest, StoresOfMappingsAreWrittenBackAndAskAgain) {
  source.disk = bytes(20 * page_bytes, 11);
  source.size = 20 * page_bytes - 100;
  source.disk.resize(source.size);
  auto expected = source.disk;
  ASSERT_TRUE(cache.supply(3, 20, ahead, false));
  EXPECT_EQ(cache.dirty_count(), 0u) << "to read is not to store";
  store(3 * page_bytes + 5, 42);
  expected[3 * page_bytes + 5] = 42;
  EXPECT_EQ(cache.dirty_count(), 1u);
  EXPECT_EQ(read(3 * page_bytes + 5, 1)[0], 42);
  ASSERT_TRUE(cache.write_back(0, PageTree::max_pages));
  EXPECT_EQ(source.disk, expected);
  EXPECT_EQ(shown.count(3), 0u);
  store(3 * page_bytes + 6, 43);
  expected[3 * page_bytes + 6] = 43;
  store(20 * page_bytes - 50, 44);  // Behind the end: never on the disk, and gone when the file grows.
  ASSERT_TRUE(cache.write_back(0, PageTree::max_pages));
  EXPECT_EQ(source.disk, expected);
  source.size = 20 * page_bytes;
  EXPECT_EQ(read(20 * page_bytes - 50, 1)[0], 0);
}

TEST_F(WriteBackTest, TheDirtyListWritesAndLetsGo) {
  KeepingSource second;
  DiskCache other{second};
  EXPECT_EQ(write(0, bytes(page_bytes, 12)), i64(page_bytes));
  EXPECT_EQ(source.holders, 1);
  EXPECT_EQ(DirtyList::pages(), 1u);
  DirtyList::write_back(nullptr);
  EXPECT_EQ(source.holders, 0);
  EXPECT_EQ(DirtyList::pages(), 0u);
  EXPECT_EQ(second.writes, 0u);
}

TEST_F(WriteBackTest, WritersBeyondTheLimitWriteBackThemselves) {
  DirtyList::set_limit(256);
  for (u64 at = 0; at < 2000; ++at) {
    ASSERT_EQ(write(at * page_bytes, bytes(page_bytes, u32(at))), i64(page_bytes));
    DirtyList::throttle();
    ASSERT_LE(DirtyList::pages(), 256u);
  }
  DirtyList::set_limit(~u64{0});
}

TEST_F(WriteBackTest, MoreIsWrittenThanMemoryHolds) {
  fake_host::limit_frames(fake_host::committed_frames() + 400);
  auto const data = bytes(1000 * page_bytes, 13);
  for (u64 at = 0; at < data.size(); at += 10 * page_bytes)
    ASSERT_EQ(write(at, {data.begin() + i64(at), data.begin() + i64(at + 10 * page_bytes)}), i64(10 * page_bytes)) << at / page_bytes;
  fake_host::limit_frames(~u64{0});
  ASSERT_TRUE(cache.write_back(0, PageTree::max_pages));
  EXPECT_EQ(source.disk, data);
}

/// Each thread owns every fourth stripe of the file, so that it knows what must be in there, while a flusher and reclaim
/// run beside them.
TEST_F(WriteBackTest, WritersStoresFlusherAndReclaimAtOnce) {
  constexpr u64 stripe = 3000, stripes = 200;
  source.disk.assign(stripe * stripes, 0);
  source.size = stripe * stripes;
  source.delay = std::chrono::microseconds{50};
  std::vector<u8> model(stripe * stripes, 0);
  std::atomic<u32> wrong{0};
  std::atomic<bool> end{false};
  std::vector<std::thread> threads;
  for (u32 t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      std::mt19937 random{t};
      for (int i = 0; i < 300; ++i) {
        u64 const at = (random() % (stripes / 4) * 4 + t) * stripe;
        if (i % 3 == 0) {
          auto const data = bytes(stripe, random());
          std::copy(data.begin(), data.end(), model.begin() + i64(at));
          wrong += write(at, data) != i64(stripe);
        } else if (i % 3 == 1) {
          model[at + 7] = u8(i);
          store(at + 7, u8(i));
        } else {
          wrong += read(at, stripe) != std::vector<u8>(model.begin() + i64(at), model.begin() + i64(at + stripe));
        }
      }
    });
  std::thread flusher{[&] { while (!end) DirtyList::write_back(nullptr); }};
  std::thread reclaim{[&] { while (!end) (void)CacheList::shrink(5); }};
  for (auto& t : threads) t.join();
  end = true;
  flusher.join();
  reclaim.join();
  EXPECT_EQ(wrong, 0u);
  ASSERT_TRUE(cache.write_back(0, PageTree::max_pages));
  EXPECT_EQ(source.disk, model);
  DirtyList::write_back(nullptr);
  EXPECT_EQ(source.holders, 0);
}

TEST_F(WriteBackTest, APauseKeepsEverybodyFromWriting) {
  EXPECT_EQ(write(0, bytes(4 * page_bytes, 14)), i64(4 * page_bytes));
  std::thread flusher;
  {
    std::lock_guard guard{writers};
    DiskCache::Pause const pause{cache};
    flusher = std::thread{[&] { DirtyList::write_back(nullptr); }};
    std::this_thread::sleep_for(std::chrono::milliseconds{30});
    EXPECT_EQ(source.writes, 0u);
    source.size = page_bytes;
    cache.discard(1, PageTree::max_pages);
  }
  flusher.join();
  EXPECT_EQ(source.disk.size(), page_bytes);
}

}  // namespace
}  // namespace hinge::linux_service
