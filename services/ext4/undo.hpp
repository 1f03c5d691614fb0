// UndoBytes: what one operation has overwritten in cached blocks, newest last.
#pragma once

#include "services/ext4/block_cache.hpp"

namespace hinge::ext4 {

class UndoBytes {
 public:
  static constexpr u32 capacity = 512 * 1024;

  UndoBytes() = default;
  UndoBytes(UndoBytes const&) = delete;
  UndoBytes& operator=(UndoBytes const&) = delete;
  ~UndoBytes() { host::release(bytes_); }
  Result<> start() {
    if (!bytes_) bytes_ = static_cast<u8*>(host::allocate(capacity));
    return bytes_ ? Result<>{ok} : fail(Error::no_memory);
  }
  void clear() { used_ = 0; }
  /// too_big: no operation overwrites so much.
  Result<> keep(CachedBlock const& block, u32 offset, u32 bytes) {
    u32 const room = (bytes + u32{sizeof(Entry)} + 7) & ~7u;
    if (capacity - used_ < room) return fail(Error::too_big);
    // The entry stands behind its bytes, so that they are found going backwards.
    u8* const entry = bytes_ + used_ + room - sizeof(Entry);
    std::memcpy(bytes_ + used_, block.bytes().data() + offset, bytes);
    Entry const e{&block, offset, bytes};
    std::memcpy(entry, &e, sizeof e);
    used_ += room;
    return ok;
  }
  /// Puts all of it back. What has been checked in these blocks is checked again.
  void restore() {
    while (used_ > 0) {
      Entry e;
      std::memcpy(&e, bytes_ + used_ - sizeof e, sizeof e);
      used_ -= (e.bytes + u32{sizeof(Entry)} + 7) & ~7u;
      e.block->prove(0);
      std::memcpy(e.block->writable().data() + e.offset, bytes_ + used_, e.bytes);
    }
  }

 private:
  struct Entry { CachedBlock const* block; u32 offset, bytes; };
  u8* bytes_ = nullptr;
  u32 used_ = 0;
};

}  // namespace hinge::ext4
