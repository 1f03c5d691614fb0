// DiskCache: the page cache of what lies on a disk: a file of a volume, or the disk itself. One copy of each page serves
// read(), write() and mappings. Missing pages come in batches, as rows of pages of our slot that the source fills in one
// request; dirty ones go back in such rows. No lock is held meanwhile: a page that is being filled or written is in its
// place, marked, and who needs it as it will be waits. Clean pages may be given back at any time, also from mappings.
//
// A page is dirty from a write() or from a store of a shared mapping, which the nucleus announces (host::object_supply,
// guarded) and which ends when write-back withdraws the page. Whatever becomes dirty has a place promised on the disk. Writers
// of one cache exclude each other by a lock of its owner, which may be held while it writes back, discards and clears;
// they copy from the caller's memory, so that lock and ours are given up whenever the caller's page is missing.
#pragma once

#include "host/mutex.hpp"
#include "host/pages.hpp"
#include "services/linux/files/error_sequence.hpp"
#include "services/linux/files/page_source.hpp"
#include "services/linux/files/page_tree.hpp"
#include "services/linux/files/ranks.hpp"
#include "services/linux/files/read_ahead.hpp"
#include "services/linux/files/transfer.hpp"

namespace hinge::linux_service {

class DiskCache {
 public:
  explicit DiskCache(PageSource& source);
  DiskCache(DiskCache const&) = delete;
  /// Nothing is dirty.
  ~DiskCache();
  void dispose() { host::destroy(this); }

  /// Bytes from `offset` up to `end` (the size) into the caller's memory; 0 at the end. io when nothing could be read.
  Attempt<usize> read(Thread& self, Transfer& into, u64 offset, u64 end, ReadAhead& ahead);
  /// Reads pages first.. up to but without `last`, as far as memory allows. Holds no lock.
  Attempt<> fetch(u64 first, u64 last);
  /// The object that mappings show.
  Attempt<Handle> object();
  /// Puts page `index` into it, and those around it that are there; with `store` so that a shared mapping may change it.
  /// `pages`: how many the file has. io, no_memory, no_space.
  Attempt<> supply(u64 index, u64 pages, ReadAhead& ahead, bool store);
  /// Whether page `index` could be read without waiting.
  [[nodiscard]] bool has(u64 index);

  /// Why a write stopped: the caller gives up its locks, has obtain() see to it, or makes the caller's memory present, and
  /// goes on.
  enum class Stop { done, caller_memory, page, place, memory };
  /// Takes bytes from the caller's memory for [offset, limit), as far as it gets. What lies at or behind `end` has never been
  /// written. Under the owner's lock.
  usize write(Transfer& from, u64 offset, u64 limit, u64 end, Stop& stop);
  /// What a write that stopped for `why` at page `index` needs; it still wants `wanted` pages. io, no_memory, no_space.
  Attempt<> obtain(Stop why, u64 index, u64 wanted);
  /// Zeroes [from, to), within one page, if that is cached. Under the owner's lock.
  void clear(u64 from, u64 to);
  /// Writes back what is dirty in pages first.. up to but without `last`, also what others are at. The first error, which
  /// is in errors() too.
  Attempt<> write_back(u64 first, u64 last) { return write_back(first, last, ~u64{0}); }
  Attempt<> write_back(u64 first, u64 last, u64 most);
  /// No write is under way, and none begins, while one of these exists. Under the owner's lock; it may not write back.
  class Pause {
   public:
    explicit Pause(DiskCache& cache) : cache_{cache} { cache.pause(); }
    Pause(Pause const&) = delete;
    ~Pause() { cache_.resume(); }
   private:
    DiskCache& cache_;
  };
  /// Drops pages first.. up to but without `last`, dirty or not.
  void discard(u64 first, u64 last);
  /// Gives those back that are clean.
  void drop(u64 first, u64 last);
  /// Gives up to `most` clean pages back: first those that nobody used since the last round. Returns how many.
  u64 shrink(u64 most);
  [[nodiscard]] u64 count();
  [[nodiscard]] u64 dirty_count() const { return dirty_pages_.load(std::memory_order_relaxed); }
  /// Dirty pages that have no place yet, and those whose place was promised without need.
  [[nodiscard]] u64 promised_count() const { return promised_pages_.load(std::memory_order_relaxed); }
  [[nodiscard]] ErrorSequence& errors() { return errors_; }

 private:
  friend class CacheList;
  friend class DirtyList;
  // A page's word: its address and marks in the low bits. placed: it has its blocks on the disk; promised: it holds a promise.
  static constexpr u64 filling = 1, recent = 2, mapped = 4, dirty = 8, writing = 16, storing = 32, placed = 64, promised = 128;
  static constexpr u64 marks = page_bytes - 1;
  static constexpr u32 around = 16;  ///< A fault reads and maps within an aligned window of so many pages.
  static constexpr u32 batch = 64;   ///< Most pages of one request that writes.
  static char* address(u64 word) { return reinterpret_cast<char*>(word & ~marks); }
  struct Batch { u64 first; u32 count; u32 promises; char* pages; };

  usize copy_out(Transfer& into, u64 offset, u64 end, u64& missing) HINGE_REQUIRES(lock_);
  Attempt<> bring(u64 low, u64 index, u64 high);
  Attempt<> fill(u64 first, u32 count, char* pages);
  u32 claim(u64 first, u32 count, char* pages) HINGE_REQUIRES(lock_);
  void settle(u64 first, u32 count, bool filled);
  Attempt<> supply_around(u64 index) HINGE_REQUIRES(lock_);
  enum class Take { clean, unused, all };
  u64 release(u64 first, u64 last, u64 most, Take take) HINGE_REQUIRES(lock_);
  Stop make_dirty(u64 index, u64& word) HINGE_REQUIRES(lock_);
  void no_longer_dirty(u64 index, u64& word) HINGE_REQUIRES(lock_);
  usize write_fresh(Transfer& from, u64 offset, usize bytes, bool beyond, Stop& stop) HINGE_REQUIRES(lock_);
  bool store_at(u64 index, Stop& stop);
  bool collect(u64 from, u64 last, Batch& b, bool& busy) HINGE_REQUIRES(lock_);
  void clear_tail(Batch const& b) HINGE_REQUIRES(lock_);
  Attempt<> send(Batch const& b);
  bool any_busy(u64 first, u64 last, u64 busy_marks) HINGE_REQUIRES(lock_);
  void give_spare_back() HINGE_REQUIRES(lock_);
  void wait(u32 seen) { (void)host::word_wait(reinterpret_cast<u32 const*>(&ended_), seen, no_deadline); }
  void tell_ended();
  void pause();
  void resume();
  void wait_written(u64 first, u64 last);

  PageSource& source_;
  Mutex<rank::CachedPages> lock_;
  PageTree tree_ HINGE_GUARDED_BY(lock_);
  PageTree dirty_tree_ HINGE_GUARDED_BY(lock_);  ///< A word for each dirty page: to find them among many.
  u64 pages_ HINGE_GUARDED_BY(lock_) = 0;
  u32 writing_ HINGE_GUARDED_BY(lock_) = 0;
  bool paused_ HINGE_GUARDED_BY(lock_) = false;
  std::atomic<u64> dirty_pages_{0};          ///< Changed under lock_.
  std::atomic<u64> promised_pages_{0};       ///< The same.
  u64 hand_ HINGE_GUARDED_BY(lock_) = 0;     ///< Where the next round of shrink begins.
  u64 next_fresh_ HINGE_GUARDED_BY(lock_) = 0;  ///< The page behind the last that was made new.
  host::PageRun spare_ HINGE_GUARDED_BY(lock_) = {};  ///< Pages in a row for what is written next.
  Handle object_ HINGE_GUARDED_BY(lock_){};
  std::atomic<u32> ended_{0};                ///< Fills and writes that ended; who waits for one sleeps on it.
  ErrorSequence errors_;
  DiskCache* next_ = nullptr;                ///< In the list of all caches.
  DiskCache* previous_ = nullptr;
  DiskCache* next_dirty_ = nullptr;          ///< In the list of dirty ones; its lock guards these.
  DiskCache* previous_dirty_ = nullptr;
  u64 dirty_number_ = 0;                     ///< 0: not in the list.
};

/// All disk caches. What they hold beyond the programs' own needs goes first when memory is short.
class CacheList {
 public:
  static void add(DiskCache& cache);
  static void remove(DiskCache& cache);
  /// Before a batch of `pages` is read: keeps a reserve of memory free for everything that is not a cache, as far as caches
  /// have more than what programs run from.
  static void make_room(u64 pages);
  /// For pages that nobody could take back: whether the reserve is whole without them; clean pages of caches give way.
  static bool leaves_reserve(u64 pages);
  /// Frees up to `pages` clean pages for other caches; returns how many.
  static u64 shrink(u64 pages);
  /// Frees about `pages` pages, as long as caches have more than what programs run from, and gives their frames back to the
  /// nucleus; returns how many frames.
  static u64 release(u64 pages);
  /// Pages in all caches.
  static u64 count();
  /// Pages in a row, at least one; caches give way for them, if need be after writing back. no_memory. Holds no lock.
  static Attempt<host::PageRun> row(u32 wanted);
};

}  // namespace hinge::linux_service
