#include "nucleus/mm/slot_memory.hpp"

#include <algorithm>
#include <cstring>

#include "nucleus/mm/memory.hpp"

namespace hinge::nucleus::mm {

SlotMemory::SlotMemory(Memory& memory, Account& account, u32 number, PhysAddr root)
    : memory_{memory}, account_{account}, number_{number}, tree_{memory.frames, root, top_level - 1} {}

Result<SlotMemory*> SlotMemory::create(Memory& memory, Account& account, u32 number) {
  if (number >= layout::slot_count) return fail(Error::invalid);
  PhysAddr const root = TRY(memory.frames.allocate(account));
  auto made = memory.slots.make(account, memory, account, number, root);
  if (!made) memory.frames.drop(root);
  return made;
}

void SlotMemory::destroy() {
  (void)release(base(), layout::entry_bytes);
  memory_.frames.drop(tree_.root());
  memory_.slots.destroy(this);
}

Entry SlotMemory::top_entry(bool user) const {
  Entry const entry = Entry::table(tree_.root());
  return user ? entry : Entry{entry.raw & ~Entry::user};
}

Result<> SlotMemory::check(u64 address, u64 bytes) const {
  if (address % page_bytes != 0 || bytes % page_bytes != 0 || !contains(address, bytes)) return fail(Error::invalid);
  return ok;
}

Result<> SlotMemory::commit(u64 address, u64 bytes, Protection protection) {
  TRY(check(address, bytes));
  Guard guard{lock_};
  Batch batch{memory_.frames, memory_.tlb, memory_.tlb.online_mask()};
  for (u64 end = address + bytes; address != end; address += page_bytes) {
    Entry* const leaf = TRY(tree_.reach(address, account_));
    if (leaf->empty()) {
      tree_.set(leaf, Entry::leaf(TRY(memory_.frames.allocate(account_)), protection));
      continue;
    }
    Entry const wanted = Entry::leaf(leaf->frame(), protection, leaf->raw & Entry::extra_bits);
    if (leaf->same_but_marks(wanted)) continue;
    leaf->store(wanted);
    batch.note(address);
  }
  return ok;
}

Result<> SlotMemory::release(u64 address, u64 bytes) {
  TRY(check(address, bytes));
  Guard guard{lock_};
  Batch batch{memory_.frames, memory_.tlb, memory_.tlb.online_mask()};
  tree_.visit(address, address + bytes, [&](u64 at, Entry& leaf) {
    Entry const old = leaf;
    tree_.clear(&leaf);
    if (old.has(Entry::uncounted)) batch.note(at);
    else batch.add(at, old.frame());
    return true;
  });
  tree_.prune(address, address + bytes, batch);
  return ok;
}

Result<> SlotMemory::protect(u64 address, u64 bytes, Protection protection) {
  TRY(check(address, bytes));
  Guard guard{lock_};
  Batch batch{memory_.frames, memory_.tlb, memory_.tlb.online_mask()};
  for (u64 end = address + bytes; address != end; address += page_bytes) {
    Entry* const leaf = tree_.find(address);
    if (!leaf || leaf->empty()) return fail(Error::not_found);
    leaf->store(Entry::leaf(leaf->frame(), protection, leaf->raw & Entry::extra_bits));
    batch.note(address);
  }
  return ok;
}

Result<> SlotMemory::map_window(u64 address, Object& object, u64 offset, u64 bytes, Protection protection) {
  TRY(check(address, bytes));
  if (offset % page_bytes != 0 || offset > object.bytes() || bytes > align_up(object.bytes(), page_bytes) - offset)
    return fail(Error::invalid);
  if (object.held()) return fail(Error::not_supported);
  Guard guard{lock_};
  for (u64 done = 0; done != bytes; done += page_bytes) {
    Entry* const leaf = TRY(tree_.reach(address + done, account_));
    if (!leaf->empty()) return fail(Error::exists);
    PhysAddr const frame = TRY(object.page((offset + done) / page_bytes)).frame;
    tree_.set(leaf, Entry::leaf(frame, protection, object.entry_bits()));
  }
  return ok;
}

Result<void*> SlotMemory::locate(u64 address, bool write) const {
  if (!contains(address, 1)) return fail(Error::bad_address);
  Entry const* const leaf = tree_.find(address);
  if (!leaf || !leaf->has(write ? Entry::present | Entry::writable : Entry::present)) return fail(Error::bad_address);
  return frame_pointer(leaf->frame() + address % page_bytes);
}

Result<void*> SlotMemory::pointer(u64 address, bool write) {
  Guard guard{lock_};
  return locate(address, write);
}

Result<> SlotMemory::copy(u64 address, void* nucleus_memory, u64 bytes, bool write, bool force) {
  if (!contains(address, bytes)) return fail(Error::bad_address);
  auto* own = static_cast<u8*>(nucleus_memory);
  while (bytes != 0) {
    u64 const step = std::min(bytes, page_bytes - address % page_bytes);
    {
      Guard guard{lock_};
      void* const there = TRY(locate(address, write && !force));
      std::memcpy(write ? there : own, write ? own : there, step);
    }
    address += step;
    own += step;
    bytes -= step;
  }
  return ok;
}

Result<PhysAddr> SlotMemory::share_frame(u64 address, bool write) {
  Guard guard{lock_};
  if (!contains(address, page_bytes)) return fail(Error::bad_address);
  Entry const* const leaf = tree_.find(address);
  if (!leaf || leaf->empty() || leaf->has(Entry::uncounted) || (write && !leaf->has(Entry::writable))) return fail(Error::bad_address);
  memory_.frames.share(leaf->frame());
  return leaf->frame();
}

}  // namespace hinge::nucleus::mm
