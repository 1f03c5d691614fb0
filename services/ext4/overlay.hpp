// Overlay: for each block that the journal holds a newer copy of, where in the journal it lies. Built once, at mount, then
// only looked at; so a dirty file system is read as if its journal had been replayed, with nothing written.
#pragma once

#include <utility>

#include "services/ext4/geometry.hpp"

namespace hinge::ext4 {

class Overlay {
 public:
  struct Copy {
    BlockNumber at;       ///< The copy's own block on the disk.
    bool escaped;         ///< Its first four bytes are to read as the journal's magic.
  };
  static constexpr u64 max_capacity = u64{1} << 20;  ///< Bounds the heap it takes: 32 MiB.

  Overlay() = default;
  Overlay(Overlay const&) = delete;
  Overlay& operator=(Overlay const&) = delete;
  ~Overlay();

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] u64 count() const { return count_; }
  /// The copy of a block, or null.
  [[nodiscard]] Copy const* find(BlockNumber block) const;
  /// `copy` is newer than what was put before. no_memory, too_big.
  Result<> put(BlockNumber block, Copy copy);
  void swap(Overlay& other) noexcept {
    std::swap(entries_, other.entries_);
    std::swap(capacity_, other.capacity_);
    std::swap(count_, other.count_);
    std::swap(filled_, other.filled_);
  }
  /// Calls f(BlockNumber, Copy) -> Result<> for each block.
  template <class F>
  Result<> for_each(F&& f) const {
    for (u64 i = 0; i < capacity_; ++i)
      if (entries_[i].state == Entry::used) TRY(f(BlockNumber{entries_[i].block}, entries_[i].copy));
    return ok;
  }
  /// Takes out what was put for a block, if anything.
  void remove(BlockNumber block);

 private:
  struct Entry { u64 block; Copy copy; enum : u32 { free, used, removed } state; };
  [[nodiscard]] Entry* slot(BlockNumber block) const;
  Result<> grow();

  Entry* entries_ = nullptr;   ///< Open addressing, a power of two, at most three quarters in use.
  u64 capacity_ = 0, count_ = 0, filled_ = 0;
};

}  // namespace hinge::ext4
