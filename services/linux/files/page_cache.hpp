// PageCache: the data of a resident inode: its pages by index, holes where nothing was written. Pages are host pages of
// our slot; they are also what mappings of the file show, through a memory object that is made when the file is first
// mapped. The owner's lock is held throughout. (What is read from a disk lies in a DiskCache.)
#pragma once

#include <atomic>

#include "host/host.hpp"
#include "services/linux/files/page_tree.hpp"

namespace hinge::linux_service {

/// How many pages the files of one file system in memory may have. Thread-safe.
class PageQuota {
 public:
  static constexpr u64 unlimited = ~u64{0};

  [[nodiscard]] u64 limit() const { return limit_.load(std::memory_order_relaxed); }
  [[nodiscard]] u64 used() const { return used_.load(std::memory_order_relaxed); }
  /// Less than what is used only keeps more from being taken.
  void set_limit(u64 pages) { limit_.store(pages, std::memory_order_relaxed); }
  [[nodiscard]] bool has(u64 pages) const { return pages <= limit() && used() <= limit() - pages; }
  [[nodiscard]] bool take_one() {
    if (used_.fetch_add(1, std::memory_order_relaxed) < limit()) return true;
    give_back_one();
    return false;
  }
  void give_back_one() { used_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  std::atomic<u64> used_{0}, limit_{unlimited};
};

class PageCache {
 public:
  /// The quota outlives it.
  explicit constexpr PageCache(PageQuota& quota) : quota_{quota} {}
  PageCache(PageCache const&) = delete;
  ~PageCache();

  static constexpr u64 max_pages = PageTree::max_pages;

  /// The page's address, or null where there is a hole.
  [[nodiscard]] char* find(u64 index) const;
  /// The page, made of zeros if there was none. no_space when the quota is out, or memory but for a
  /// reserve; file_too_big beyond max_pages.
  Attempt<char*> obtain(u64 index);
  /// Drops pages first.., up to but without `end`, also from mappings.
  void drop(u64 first, u64 end);
  /// The first page at or after `index`, or max_pages.
  [[nodiscard]] u64 next_present(u64 index) const { return tree_.next_present(index); }
  /// The first hole at or after `index`.
  [[nodiscard]] u64 next_hole(u64 index) const;
  [[nodiscard]] u64 count() const { return pages_; }

  /// The object that mappings of this file show.
  Attempt<Handle> object();
  /// Puts a page into it.
  Attempt<> supply(u64 index);

 private:
  PageQuota& quota_;
  PageTree tree_;
  Handle object_{};
  u64 pages_ = 0;
};

}  // namespace hinge::linux_service
