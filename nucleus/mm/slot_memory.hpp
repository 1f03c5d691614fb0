// The memory of one slot: the page tables below its top-level entry, whichever side it is on. The nucleus reaches its
// contents through the frames, never by slot address. Committed pages are charged to the slot's account, never paged.
// Addresses are slot addresses (layout::slot_base); ranges must be page-aligned and lie in the slot: else invalid.
#pragma once

#include "abi/native.hpp"
#include "nucleus/mm/object.hpp"
#include "nucleus/mm/page_tree.hpp"

namespace hinge::nucleus::mm {

class SlotMemory {
 public:
  /// An empty slot with that number. The account must outlive it.
  static Result<SlotMemory*> create(Memory& memory, Account& account, u32 number);
  /// Frees everything. No root names the slot any more, and all CPUs know.
  void destroy();

  /// The value for the top-level entry: U=0 in the kernel, U=1 in a domain.
  [[nodiscard]] Entry top_entry(bool user) const;
  /// Its index in a root.
  [[nodiscard]] u32 top_index() const { return u32(layout::first_slot_entry) + number_; }
  [[nodiscard]] bool contains(u64 address, u64 bytes) const {
    return address >= base() && address - base() < layout::entry_bytes && bytes <= layout::entry_bytes - (address - base());
  }

  /// Zeroed frames for the pages that have none; all get the protection. quota, no_memory: what was done stays.
  Result<> commit(u64 address, u64 bytes, Protection protection);
  /// Takes pages away, committed or windows; holes are no error.
  Result<> release(u64 address, u64 bytes);
  /// not_found when a page is missing (those before it have changed).
  Result<> protect(u64 address, u64 bytes, Protection protection);
  /// Maps [offset, offset + bytes) of an object. Anonymous pages are made; a held object is not_supported, for its pages
  /// may be withdrawn. exists when a page is taken.
  Result<> map_window(u64 address, Object& object, u64 offset, u64 bytes, Protection protection);
  /// Copies into (`write`) or out of committed memory; bad_address at the first page that is missing or, when written
  /// and not `force`, read-only. The slot may be changed by others meanwhile.
  Result<> copy(u64 address, void* nucleus_memory, u64 bytes, bool write, bool force = false);

  /// The frame under a committed slot address with a share for the caller, for object pages and devices. bad_address when
  /// missing (or, for `write`, not writable).
  Result<PhysAddr> share_frame(u64 address, bool write = false);
  /// Where nucleus code finds the byte at a slot address, valid to the end of its page while the slot keeps the page.
  /// bad_address when missing (or, for `write`, not writable).
  Result<void*> pointer(u64 address, bool write);

  [[nodiscard]] u32 number() const { return number_; }
  [[nodiscard]] Account& account() const { return account_; }
  [[nodiscard]] u64 base() const { return layout::slot_base(number_); }

 private:
  template <class> friend class Slab;
  SlotMemory(Memory& memory, Account& account, u32 number, PhysAddr root);
  [[nodiscard]] Result<> check(u64 address, u64 bytes) const;
  [[nodiscard]] Result<void*> locate(u64 address, bool write) const;  // lock_ held

  Memory& memory_;
  Account& account_;
  u32 const number_;
  Lock<Rank::slot> lock_;
  PageTree tree_;
};

}  // namespace hinge::nucleus::mm
