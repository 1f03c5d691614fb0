// PageTree: one word for each page of a file, 0 where there is none: a tree of 64-way nodes that grows with the file, so
// that a small file is one word and a sparse one costs what it holds. Page caches keep addresses and marks in it. Its
// owner's lock is held throughout.
#pragma once

#include <algorithm>

#include "host/heap.hpp"
#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

class PageTree {
 public:
  static constexpr u64 max_pages = u64{1} << 40;  ///< 4 PiB.

  constexpr PageTree() = default;
  PageTree(PageTree const&) = delete;
  /// The owner has cleared all words.
  ~PageTree() { visit(0, max_pages, [](u64, u64& word) { word = 0; }); }

  /// The word of a page, to be read and changed, or null where there is none.
  [[nodiscard]] u64* find(u64 index) const;
  /// The place for a page's word, which may be 0. no_space when memory is out, file_too_big beyond max_pages.
  Attempt<u64*> place(u64 index);
  /// Calls visitor(index, word) for all words but 0 in first.. up to but without `end`, in order. The visitor may set the
  /// word to 0; what is empty afterwards is given back.
  template <class Visitor>
  void visit(u64 first, u64 end, Visitor&& visitor) {
    if (first >= end) return;
    visit_below(root_, height_, 0, first, end, visitor);
    if (!root_) height_ = 0;
  }
  /// The first page with a word at or after `index`, or max_pages. What lies behind `end` need not be found.
  [[nodiscard]] u64 next_present(u64 index, u64 end = max_pages) const {
    return root_ && covers(height_, index) ? next_below(root_, height_, 0, index, end) : max_pages;
  }

 private:
  static constexpr u32 fanout_shift = 6, fanout = 1 << fanout_shift;
  struct Node { u64 slots[fanout]; };  ///< Below height 1 words, else pointers to Nodes.
  static Node* node(u64 slot) { return reinterpret_cast<Node*>(slot); }
  [[nodiscard]] static bool covers(u32 height, u64 index) { return index >> (height * fanout_shift) == 0; }
  [[nodiscard]] static u64 next_below(u64 slot, u32 height, u64 base, u64 from, u64 end);

  /// Recursion as deep as the tree is high: at most 7.
  template <class Visitor>
  static void visit_below(u64& slot, u32 height, u64 base, u64 first, u64 end, Visitor& visitor) {
    if (!slot) return;
    if (height == 0) {
      if (base >= first && base < end) visitor(base, slot);
      return;
    }
    u32 const shift = (height - 1) * fanout_shift;
    u64 const low = first > base ? (first - base) >> shift : 0;
    u64 const high = std::min<u64>((end - base - 1) >> shift, fanout - 1);
    Node& here = *node(slot);
    bool left = false;
    for (u64 i = low; i <= high; ++i) {
      if (here.slots[i]) visit_below(here.slots[i], height - 1, base + (i << shift), first, end, visitor);
      left = left || here.slots[i];
    }
    if (left || std::any_of(here.slots, here.slots + fanout, [](u64 word) { return word != 0; })) return;
    host::destroy(&here);
    slot = 0;
  }

  u64 root_ = 0;  ///< A word at height 0, else a Node.
  u32 height_ = 0;  ///< At most 7.
};

}  // namespace hinge::linux_service
