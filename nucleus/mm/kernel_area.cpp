#include "nucleus/mm/kernel_area.hpp"

#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus::mm {

Result<> KernelArea::start(Memory& memory, u64 base) {
  memory_ = &memory;
  base_ = base;
  u32 const index = entry_number(top_level, base);
  Entry const made = frame_pointer<Entry>(memory.roots.master())[index];
  PhysAddr const root = made.empty() ? TRY(memory.frames.allocate(memory.nucleus_account)) : made.frame();
  tree_ = PageTree{memory.frames, root, top_level - 1};
  if (made.empty())
    memory.roots.set_entry(index, Entry{(Entry::table(root).raw & ~Entry::user) | Entry::no_execute});
  return ok;
}

Result<> KernelArea::populate(Account& account, u64 address, u64 bytes) {
  if (address < base_ || address - base_ > layout::entry_bytes || bytes > layout::entry_bytes - (address - base_))
    return fail(Error::invalid);
  Guard guard{lock_};
  for (u64 at = align_down(address, page_bytes); at < address + bytes; at += page_bytes) {
    Entry* const leaf = TRY(tree_.reach(at, memory_->nucleus_account));
    if (!leaf->empty()) continue;
    PhysAddr const frame = TRY(memory_->frames.allocate(account));
    tree_.set(leaf, Entry{frame.raw() | Entry::present | Entry::writable | Entry::no_execute});
  }
  return ok;
}

Result<u64> KernelArea::reserve(u64 bytes) {
  Guard guard{lock_};
  bytes = align_up(bytes, page_bytes);
  if (bytes > layout::entry_bytes - reserved_) return fail(Error::no_memory);
  u64 const at = base_ + reserved_;
  reserved_ += bytes;
  return at;
}

Entry* KernelArea::find(u64 address) {
  Guard guard{lock_};
  Entry* const leaf = tree_.find(address);
  return leaf && !leaf->empty() ? leaf : nullptr;
}

}  // namespace hinge::nucleus::mm
