// DirtyList: the caches with something dirty in them, in the order in which they became so. The list keeps their sources
// alive; whoever finds a cache clean takes it off. What is dirty in all is limited: a writer beyond the limit writes back
// itself before it goes on, so that there always are clean pages to give way; writing back needs no memory.
#pragma once

#include "services/linux/files/disk_cache.hpp"

namespace hinge::linux_service {

class DirtyList {
 public:
  /// Dirty pages that may be, of the machine's memory; from half of it on the flusher does not wait for its time. At start.
  static void set_limit(u64 pages);
  /// `cache` became dirty; its lock is held.
  static void add(DiskCache& cache);
  /// Counts pages in (or, negative, out).
  static void count(i64 pages);
  [[nodiscard]] static u64 pages();

  /// Writes back what is dirty when this begins, of one file system, or (null) of all. Errors are kept by the caches.
  static void write_back(Superblock const* of);
  /// Writes back about `most` pages, oldest first; returns how many.
  static u64 write_some(u64 most);
  /// After a write: returns when what is dirty is within the limit again, or cannot be made so.
  static void throttle();

 private:
  static DiskCache* next(Superblock const* of, u64& after, u64 until);
  static u64 write_one(DiskCache& cache, u64 most);
  static void take_off_if_clean(DiskCache& cache);
};

}  // namespace hinge::linux_service
