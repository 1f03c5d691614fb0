// ReadCache: the page cache of what can be read again from below: a file on a disk, a disk itself. One copy of each page
// serves read() and mappings. Missing pages come in batches, as rows of pages of our slot that the source fills in one
// request; no lock is held meanwhile. A page being filled is in its place already, marked: whoever wants it waits for
// that fill, and reclaim passes over it. Pages are clean, so reclaim may take any other at any time, also from mappings.
#pragma once

#include "host/mutex.hpp"
#include "iface/buffer.hpp"
#include "services/linux/files/page_tree.hpp"
#include "services/linux/files/ranks.hpp"
#include "services/linux/files/read_ahead.hpp"
#include "services/linux/files/transfer.hpp"

namespace hinge::linux_service {

/// Where a cache's pages come from.
class PageSource {
 public:
  /// Fills whole pages from the byte `offset` on; what lies past the end reads as zeros. May sleep, for a bounded time.
  virtual Attempt<> read_pages(u64 offset, Buffer into) = 0;

 protected:
  ~PageSource() = default;
};

class ReadCache {
 public:
  explicit ReadCache(PageSource& source);
  ReadCache(ReadCache const&) = delete;
  ~ReadCache();
  void dispose() { host::destroy(this); }

  /// Bytes from `offset` up to `end` (the size) into the caller's memory; 0 at the end. io when nothing could be read.
  Attempt<usize> read(Thread& self, Transfer& into, u64 offset, u64 end, ReadAhead& ahead);
  /// Reads pages first.. up to but without `last`, as far as memory allows. Holds no lock.
  Attempt<> fetch(u64 first, u64 last);
  /// The object that mappings show.
  Attempt<Handle> object();
  /// Puts page `index` into it, and those around it that are there. `pages`: how many the file has. io, no_memory.
  Attempt<> supply(u64 index, u64 pages, ReadAhead& ahead);
  /// Whether page `index` could be read without waiting.
  [[nodiscard]] bool has(u64 index);
  /// Gives pages first.. up to but without `last` back.
  void drop(u64 first, u64 last);
  /// Gives up to `most` pages back: first those that nobody used since the last round. Returns how many.
  u64 shrink(u64 most);
  [[nodiscard]] u64 count();

 private:
  friend class CacheList;
  // A page's word: its address and marks in the low bits.
  static constexpr u64 filling = 1, recent = 2, mapped = 4, marks = page_bytes - 1;
  static constexpr u32 around = 16;  ///< A fault reads and maps within an aligned window of so many pages.
  static char* address(u64 word) { return reinterpret_cast<char*>(word & ~marks); }

  usize copy_out(Transfer& into, u64 offset, u64 end, u64& missing) HINGE_REQUIRES(lock_);
  Attempt<> bring(u64 low, u64 index, u64 high);
  Attempt<> fill(u64 first, u32 count, char* pages);
  u32 claim(u64 first, u32 count, char* pages) HINGE_REQUIRES(lock_);
  void settle(u64 first, u32 count, bool filled);
  Attempt<> supply_around(u64 index) HINGE_REQUIRES(lock_);
  u64 release(u64 first, u64 last, u64 most, bool spare_recent) HINGE_REQUIRES(lock_);

  PageSource& source_;
  Mutex<rank::CachedPages> lock_;
  PageTree tree_ HINGE_GUARDED_BY(lock_);
  u64 pages_ HINGE_GUARDED_BY(lock_) = 0;
  u64 hand_ HINGE_GUARDED_BY(lock_) = 0;     ///< Where the next round of shrink begins.
  Handle object_ HINGE_GUARDED_BY(lock_){};
  std::atomic<u32> fills_{0};                ///< Fills that ended; who waits for one sleeps on it.
  ReadCache* next_ = nullptr;                ///< In the list of all caches.
  ReadCache* previous_ = nullptr;
};

/// All read caches. What they hold beyond the programs' own needs goes first when memory is short.
class CacheList {
 public:
  static void add(ReadCache& cache);
  static void remove(ReadCache& cache);
  /// Before a batch of `pages` is read: keeps a reserve of memory free for everything that is not a cache.
  static void make_room(u64 pages);
  /// Frees up to `pages` pages for other caches; returns how many.
  static u64 shrink(u64 pages);
  /// Frees about `pages` pages and gives their frames back to the nucleus; returns how many frames.
  static u64 release(u64 pages);
  /// Pages in all caches.
  static u64 count();
};

}  // namespace hinge::linux_service
