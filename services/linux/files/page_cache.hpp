// PageCache: the pages of one inode by index: a tree of 64-way nodes that grows with the file, so that a small file is
// one pointer and a sparse one costs what it holds. Pages are host pages of our slot; they are also what mappings of the
// file show, through a memory object that is made when the file is first mapped. The owner's lock is held throughout.
#pragma once

#include "base/types.hpp"
#include "host/host.hpp"
#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

class PageCache {
 public:
  constexpr PageCache() = default;
  PageCache(PageCache const&) = delete;
  ~PageCache();

  static constexpr u64 max_pages = u64{1} << 40;  ///< 4 PiB.

  /// The page's address, or null where there is a hole.
  [[nodiscard]] char* find(u64 index) const;
  /// The page, made of zeros if there was none. no_space when memory is out, file_too_big beyond max_pages.
  Attempt<char*> obtain(u64 index);
  /// Drops pages first.., up to but without `end`, also from mappings.
  void drop(u64 first, u64 end);
  /// The first page at or after `index`, or max_pages.
  [[nodiscard]] u64 next_present(u64 index) const;
  /// The first hole at or after `index`.
  [[nodiscard]] u64 next_hole(u64 index) const;
  [[nodiscard]] u64 count() const { return pages_; }

  /// The object that mappings of this file show.
  Attempt<Handle> object();
  /// Puts a page into it.
  Attempt<> supply(u64 index);

 private:
  static constexpr u32 fanout_shift = 6, fanout = 1 << fanout_shift;
  struct Node;
  [[nodiscard]] static bool covers(u32 height, u64 index) { return height >= 7 || index >> (height * fanout_shift) == 0; }
  void drop_below(void*& slot, u32 height, u64 base, u64 first, u64 end);
  [[nodiscard]] u64 next_below(void* slot, u32 height, u64 base, u64 from) const;

  void* root_ = nullptr;   ///< A page at height 0, else a Node.
  u32 height_ = 0;
  Handle object_{};
  u64 pages_ = 0;
};

}  // namespace hinge::linux_service
