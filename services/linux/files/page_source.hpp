// PageSource: where the pages of a DiskCache come from and go to: a file of a volume, or a disk itself.
#pragma once

#include "iface/buffer.hpp"
#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

class Superblock;

class PageSource {
 public:
  /// Fills whole pages from the byte `offset` on; what lies past the end reads as zeros. May sleep, for a bounded time.
  virtual Attempt<> read_pages(u64 offset, Buffer into) = 0;
  /// Writes whole pages; of the last one only what lies before the end. Allocates nothing, so that memory can always be
  /// freed by it. May sleep, for a bounded time.
  virtual Attempt<> write_pages(u64 offset, Buffer from) = 0;
  /// Bytes there are, at this moment.
  [[nodiscard]] virtual u64 end() const = 0;

  /// A place on the disk for one more dirty page, out of what is promised already; false: more has to be promised first.
  /// Called with the cache's lock held.
  virtual bool take_place() { return true; }
  /// `pages` pages need their promises no more: they were written, or dropped.
  virtual void end_places(u64 /*pages*/, bool /*written*/) {}
  /// Has more promised. no_space, io. Called without locks.
  virtual Attempt<> promise_places() { return ok; }

  /// What has to be told beside the pages, once they are written (times).
  virtual void finish() {}
  /// True: nobody will ever read what is dirty, it can be dropped.
  [[nodiscard]] virtual bool abandoned() { return false; }
  /// The file system it belongs to; null: none.
  [[nodiscard]] virtual Superblock const* filesystem() const { return nullptr; }
  /// Keeps the source and its cache alive while there is something dirty.
  virtual void hold() = 0;
  virtual void let_go() = 0;

 protected:
  ~PageSource() = default;
};

}  // namespace hinge::linux_service
