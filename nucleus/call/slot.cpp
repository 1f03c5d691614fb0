// Slots and the page tables: creating, reading an image's header, placing. A flip changes one top-level entry in all
// roots, each as its domain wants it; the memory manager flushes.
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/boot/boot_info.hpp"
#include "nucleus/call/guarded.hpp"
#include "nucleus/call/call_user.hpp"
#include "nucleus/call/machine.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/debug/symbols.hpp"
#include "nucleus/sched/sched.hpp"

namespace hinge::nucleus {

namespace {

constinit mm::Account accounts[layout::slot_count + 1];

constexpr u32 table_capacity = 1 << 16;

}  // namespace

mm::Account& account_of(u32 slot_index) { return accounts[slot_index]; }

Result<Slot*> create_slot(char const* name, u64 frame_limit) {
  Slot* slot;
  {
    CoreGuard guard;
    slot = TRY(core.create_slot(name));
  }
  account_of(slot->index).set_limit(frame_limit);
  auto const area = TRY(memory.pools.reserve(table_capacity * sizeof(Capability)));
  slot->table.entries = reinterpret_cast<Capability*>(area);
  slot->table.capacity = table_capacity;
  slot->memory = TRY(mm::SlotMemory::create(memory, account_of(slot->index), slot->index - 1));
  return slot;
}

Result<> read_header(Slot& slot, u64 header) {
  mm::SlotMemory& m = memory_of(slot);
  if (header % 16 || !m.contains(header, sizeof(image::Header))) return fail(Error::bad_address);
  image::Header h;
  for (u64 at = 0; at < sizeof h;) {
    u64 const part = std::min<u64>(sizeof h - at, page_bytes - (header + at) % page_bytes);
    __builtin_memcpy(reinterpret_cast<u8*>(&h) + at, TRY(m.pointer(header + at, false)), part);
    at += part;
  }
  if (h.magic != image::magic || h.version != image::version) return fail(Error::corrupt);
  auto const entry = [&](auto pointer) -> Result<u64> {
    u64 const address = reinterpret_cast<u64>(pointer);
    if (address && !m.contains(address, 1)) return fail(Error::corrupt);
    return address;
  };
  slot.header = header;
  slot.handle = TRY(entry(h.handle));
  slot.call_entry = TRY(entry(h.call_entry));
  slot.linux_handle = TRY(entry(h.linux_handle));
  slot.linux_entry = TRY(entry(h.linux_entry));
  slot.copy_begin = TRY(entry(h.copy_begin));
  slot.copy_end = TRY(entry(h.copy_end));
  slot.copy_fixup = TRY(entry(h.copy_fixup));
  if (!slot.handle || !slot.call_entry) return fail(Error::corrupt);
  register_symbols(u32((m.base() - layout::slot_base(0)) / layout::entry_bytes), slot.name, TRY(entry(h.symbols)),
                   slot_reader(slot));
  return ok;
}

namespace {

/// A service on the kernel side can be read by ring 3 where Meltdown (CVE-2017-5754) works.
bool kernel_side_is_safe() {
  constexpr std::string_view waiver = "meltdown=ignore";
  return features().meltdown_safe || boot_info().command_line.find(waiver) != std::string_view::npos;
}

/// Decides, and makes the root that a domain needs before anything has changed.
Result<> place_in_core(Slot& slot, Placement side, u32 with_domain) {
  CoreGuard guard;
  if (side == Placement::user) {
    u32 const domain = with_domain == no_domain ? TRY(core.first_free_domain()) : with_domain;
    if (domain > layout::slot_count) return fail(Error::invalid);
    // It stays with the number when the domain goes: some CPU may still have it loaded.
    if (mm::Root& root = domain_root(domain); !root.frame.raw()) TRY(memory.roots.make(root, memory.nucleus_account));
  }
  TRY(core.place(slot, side, with_domain));
  if (side == Placement::user) core.domains[slot.domain].root = domain_root(slot.domain).frame.raw();
  return ok;
}

}  // namespace

Result<> place_slot(Slot& slot, Placement side, u32 with_domain) {
  mm::SlotMemory& m = memory_of(slot);
  if (side == Placement::kernel && !kernel_side_is_safe()) {
    log("{} stays off the kernel side: this processor is open to Meltdown (meltdown=ignore overrides)", slot.name);
    return fail(Error::not_permitted);
  }
  TRY(place_in_core(slot, side, with_domain));
  bool const user = side == Placement::user;
  memory.roots.set_entry(m.top_index(), side == Placement::none ? mm::Entry{} : m.top_entry(user), user ? &domain_root(slot.domain) : nullptr);
  CoreGuard guard;
  core.reopen(slot.index);
  for (u32 i = 1; slot.linux_handle && i <= core.threads.used(); ++i) {
    Thread& t = core.threads.at(i);
    if (t.entrance && t.entrance->home == &slot) t.view = 0;
  }
  return ok;
}

}  // namespace hinge::nucleus
