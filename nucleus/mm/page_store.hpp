// The pages of a memory object: a radix tree from page number to frame, as high as the object's size needs. One page
// is kept in the root word itself, so that small files cost no table. Bit 0 of a page's word is its guard mark. The object's lock is held; owns one share a page.
#pragma once

#include "nucleus/mm/frames.hpp"

namespace hinge::nucleus::mm {

class PageStore {
 public:
  constexpr PageStore() = default;

  /// What put() was given with and without the mark.
  [[nodiscard]] static PhysAddr marked(PhysAddr frame, bool guarded) { return PhysAddr{frame.raw() | u64{guarded}}; }
  [[nodiscard]] static PhysAddr frame_of(PhysAddr word) { return PhysAddr{word.raw() & ~u64{1}}; }
  [[nodiscard]] static bool is_guarded(PhysAddr word) { return word.raw() & 1; }

  /// The word of page `index`, or 0 when there is none.
  [[nodiscard]] PhysAddr get(u64 index) const;
  /// Puts a frame in an empty place, taking over the share, or changes its mark. no_memory, quota.
  Result<> put(Frames& frames, Account& account, u64 index, PhysAddr frame);
  /// Takes the frame out, with its share; address 0 when there was none. Tables stay until clear().
  PhysAddr take(u64 index);
  /// Drops all pages and tables.
  void clear(Frames& frames);

 private:
  static constexpr u32 fan_out = page_bytes / sizeof(PhysAddr);
  static PhysAddr* slots(PhysAddr table);
  static void clear_level(Frames& frames, PhysAddr node, u32 height);
  [[nodiscard]] PhysAddr* find(u64 index) const;

  PhysAddr root_{};     ///< A page when height_ is 0, else a table.
  u32 height_ = 0;      ///< Pages with index < fan_out^height_ have a place.
};

}  // namespace hinge::nucleus::mm
