// A PageTree against a map: words set, cleared by visits of ranges, and looked for within bounds.
// links: services/linux/files/page_tree.cpp host/heap.cpp host/lock_rank.cpp tests/support/fake_host.cpp base/format.cpp
#include "services/linux/files/page_tree.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace hinge::test {
namespace {

using linux_service::PageTree;
using Pairs = std::vector<std::pair<u64, u64>>;

class Model {
 public:
  void set(u64 index, u64 word) {
    **tree.place(index) = word;
    words[index] = word;
  }
  /// Visits the range, clears every `each`th word of it, and compares what was seen.
  void visit(u64 first, u64 end, u64 each) {
    Pairs seen, expected;
    u64 n = 0;
    tree.visit(first, end, [&](u64 index, u64& word) {
      seen.emplace_back(index, word);
      if (each && ++n % each == 0) word = 0;
    });
    n = 0;
    for (auto at = words.lower_bound(first); at != words.end() && at->first < end;) {
      expected.emplace_back(*at);
      at = each && ++n % each == 0 ? words.erase(at) : std::next(at);
    }
    EXPECT_EQ(seen, expected) << first << " " << end;
  }
  void look(u64 index, u64 end) {
    u64 const* const word = tree.find(index);
    auto const at = words.lower_bound(index);
    EXPECT_EQ(word ? *word : 0, words.contains(index) ? words[index] : 0) << index;
    EXPECT_EQ(tree.next_present(index), at == words.end() ? PageTree::max_pages : at->first) << index;
    u64 const bounded = tree.next_present(index, end);
    EXPECT_EQ(bounded < end ? bounded : end, at == words.end() || at->first >= end ? end : at->first) << index << " " << end;
  }

  PageTree tree;
  std::map<u64, u64> words;
};

TEST(PageTree, IsAMap) {
  std::mt19937_64 random{1};
  for (u64 pages : {u64{1}, u64{64}, u64{65}, u64{5000}, u64{1} << 20, PageTree::max_pages}) {
    Model model;
    auto const somewhere = [&] { return random() % pages; };
    for (u32 round = 0; round < 400; ++round) {
      u64 const from = somewhere();
      for (u64 i = from; i < std::min(from + random() % 40, pages); ++i) model.set(i, random() | 1);
      u64 const first = somewhere();
      model.visit(first, first + (random() % 3 ? random() % 70 : random() % pages + 1), random() % 4);
      for (u32 i = 0; i < 8; ++i) model.look(somewhere(), somewhere() + 1);
    }
    model.visit(0, PageTree::max_pages, 1);
    EXPECT_EQ(model.tree.next_present(0), PageTree::max_pages);
  }
}

TEST(PageTree, PlacesNeverUsedAreGivenBackToo) {
  PageTree tree;
  ASSERT_TRUE(tree.place(70'000));
  tree.visit(69'990, 70'010, [](u64, u64&) { FAIL(); });
  EXPECT_EQ(tree.find(0), nullptr);
}

}  // namespace
}  // namespace hinge::test
