// BlockStock: the blocks that a volume's file system has promised us ahead of writes whose places it will choose only when
// they are written back. A write(2) takes from the stock and normally sends no message; who finds it empty gets more, and
// learns of a full disk.
//
// The books: what is promised here is never more than what the service promises. A page that was written may have had its
// place already; it is counted as if it had not, and the next reply of the service tells the true figure.
#pragma once

#include <atomic>

#include "host/mutex.hpp"
#include "iface/filesystem.hpp"
#include "services/linux/core/errno.hpp"
#include "services/linux/files/ranks.hpp"

namespace hinge::linux_service {

class BlockStock {
 public:
  BlockStock(Port<FileSystem> const& port, u64 volume) : port_{port}, volume_{volume} {}
  /// Before the first use.
  void set_block_bytes(u64 bytes) { page_blocks_ = bytes && bytes < page_bytes ? page_bytes / bytes : 1; }

  /// A page's blocks; false when the stock is empty.
  bool take();
  /// Pages that took theirs need them no more: they were written, or dropped.
  void end(u64 pages, bool written);
  /// Has more promised, as little as one page's. no_space.
  Attempt<> refill();
  /// Gives back what is more than a small stock.
  void return_surplus();

 private:
  Result<FileSystem::Reserve::Reply> reserve(i64 blocks);
  Attempt<> ask(u64 blocks);

  Port<FileSystem> const& port_;
  u64 const volume_;
  u64 page_blocks_ = 1;
  std::atomic<u64> asked_{0};
  Mutex<rank::BlockStock> lock_;
  u64 promised_ HINGE_GUARDED_BY(lock_) = 0;
  u64 taken_ HINGE_GUARDED_BY(lock_) = 0;   ///< Of those, for dirty pages.
};

}  // namespace hinge::linux_service
