// links: host/pages.cpp host/lock_rank.cpp tests/support/fake_host.cpp
#include "host/pages.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <set>
#include <vector>

#include "tests/support/fake_host.hpp"

namespace hinge::host {
namespace {

bool is_zero(void* page) {
  auto* const words = static_cast<u64*>(page);
  for (usize i = 0; i < page_bytes / 8; ++i)
    if (words[i]) return false;
  return true;
}

TEST(Pages, AreDistinctAndZeroWhenAsked) {
  std::set<void*> pages;
  for (int i = 0; i < 500; ++i) {
    void* const p = allocate_page(Contents::zero);
    ASSERT_TRUE(pages.insert(p).second);
    ASSERT_TRUE(is_zero(p));
    std::memset(p, 0x5a, page_bytes);
  }
  EXPECT_EQ(page_counts().used, 500u);
  for (void* p : pages) free_page(p);
  for (int i = 0; i < 100; ++i) {
    void* const p = allocate_page(Contents::zero);
    ASSERT_TRUE(is_zero(p));
    free_page(p);
  }
}

TEST(Pages, ComeInRows) {
  u64 const before = page_counts().used;
  std::vector<PageRun> runs;
  std::mt19937 random{7};
  std::set<char*> pages;
  for (int i = 0; i < 200; ++i) {
    PageRun const run = allocate_run(1 + random() % 64);
    ASSERT_TRUE(run.first && run.count >= 1);
    for (u32 p = 0; p < run.count; ++p) {
      ASSERT_TRUE(pages.insert(run.first + p * page_bytes).second);
      std::memset(run.first + p * page_bytes, 0x77, page_bytes);
    }
    runs.push_back(run);
    if (random() % 2 == 0) {
      // Every other page of a row goes back: what is left is in pieces.
      for (u32 p = 0; p < run.count; p += 2) free_page(run.first + p * page_bytes), pages.erase(run.first + p * page_bytes);
    }
  }
  EXPECT_EQ(page_counts().used - before, pages.size());
  for (char* p : pages) free_page(p);
  EXPECT_EQ(page_counts().used, before);
  PageRun const whole = allocate_run(64);
  EXPECT_EQ(whole.count, 64u);
  for (u32 p = 0; p < whole.count; ++p) free_page(whole.first + p * page_bytes);
}

TEST(Pages, KeepTheirContentsWhileOthersComeAndGo) {
  std::mt19937 random{7};
  std::vector<u64*> pages;
  for (int i = 0; i < 20'000; ++i) {
    if (pages.size() < 700 && random() % 2) {
      pages.push_back(static_cast<u64*>(allocate_page(Contents::any)));
      ASSERT_NE(pages.back(), nullptr);
      pages.back()[17] = reinterpret_cast<u64>(pages.back());
    } else if (!pages.empty()) {
      std::swap(pages[random() % pages.size()], pages.back());
      ASSERT_EQ(pages.back()[17], reinterpret_cast<u64>(pages.back()));
      free_page(pages.back());
      pages.pop_back();
    }
    if (i % 5'000 == 0) trim_pages();
  }
  for (u64* p : pages) free_page(p);
  EXPECT_EQ(page_counts().used, 0u);
  EXPECT_LE(page_counts().free, 128u);
  trim_pages();
  EXPECT_EQ(page_counts().free, 0u);
}

TEST(Pages, AnswerNullWhenFramesRunOut) {
  fake_host::limit_frames(fake_host::committed_frames() + 20);
  std::vector<void*> pages;
  while (void* p = allocate_page(Contents::any)) pages.push_back(p);
  EXPECT_GE(pages.size(), 19u);
  for (void* p : pages) free_page(p);
  fake_host::limit_frames(~u64{0});
  void* const p = allocate_page(Contents::any);
  EXPECT_NE(p, nullptr);
  free_page(p);
}

}  // namespace
}  // namespace hinge::host
