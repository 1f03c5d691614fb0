// Native calls about slots and their memory, memory objects, processes' spaces and device registers. The memory
// manager does the work (nucleus/mm); here capabilities are turned into its objects. Contracts: host/host.hpp.
#include "abi/memory.hpp"
#include "abi/threads.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/call/detach.hpp"
#include "nucleus/call/native.hpp"
#include "nucleus/call/slot_page.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {

namespace {

Result<Slot*> slot_of(Context const& c, u64 handle, Right rights) {
  CoreGuard guard;
  Capability const* const cap = TRY(c.find(handle, Kind::slot, rights));
  return &core.slots[u32(cap->object)];
}

/// The capability keeps the object alive while this CPU peeks, the reference does so beyond.
template <class T>
Result<Ref<T>> mm_object(Context const& c, u64 handle, Kind kind, Right rights) {
  mm::Guard peeking{peeks[cpu().id].lock};
  if (handle >> 32 || !c.owns(Handle{u32(handle)})) return fail(Error::bad_handle);
  return Ref<T>{*reinterpret_cast<T*>(TRY(core.peek(Handle{u32(handle)}, kind, rights)))};
}
Result<Ref<mm::Space>> space_of(Context const& c, u64 handle) { return mm_object<mm::Space>(c, handle, Kind::space, Right::control); }
Result<Ref<mm::Object>> object_of(Context const& c, u64 handle) { return mm_object<mm::Object>(c, handle, Kind::object, Right::map); }

/// A capability for a fresh mm object; the capability's own reference is the one that stays.
template <class T>
Result<u64> name_object(u32 table, Kind kind, Ref<T> object) {
  CoreGuard guard;
  return handle_value(core.insert(table, kind, reinterpret_cast<u64>(object.get()), 0, Right::all, 0));
}

/// Does f(address, bytes) for the range piece by piece, so that a long one keeps nobody waiting. Where there is little to do
/// the pieces grow, or all of the lower half would take minutes. They end where huge pages do. A range that is none is left
/// to f to refuse, whole.
template <class F>
Result<> in_steps(u64 address, u64 bytes, F&& f) {
  constexpr u64 smallest = u64{2} << 20, largest = u64{1} << 30, little_ns = 20'000;
  u64 slot, step = smallest;
  if (!in_lower_half(address, bytes) && !in_slot(address, bytes, slot)) return f(address, bytes);
  for (u64 piece; bytes > (piece = step - address % smallest);) {
    u64 const began = now_ns();
    TRY(f(address, piece));
    address += piece;
    bytes -= piece;
    step = now_ns() - began > little_ns ? smallest : std::min(step * 2, largest);
    breathe();
  }
  return f(address, bytes);
}

u32 table_for(u64 handle) { return table_of(Handle{u32(handle)}); }

Protection protection_of(u64 word) { return Protection(u32(word) & 7); }

}  // namespace

Result<u64> native_slot_create(Context const& c, Arguments a) {
  auto s = TRY(c.read<host::SlotSetup>(a[1]));
  s.name[sizeof s.name - 1] = 0;
  bool const budget = s.worker_budget_ns >= shortest_budget_ns && s.worker_budget_ns <= s.worker_period_ns &&
                      s.worker_period_ns <= longest_budget_period_ns;
  if (!s.name[0] || !s.worker_priority || s.worker_priority >= priorities || (s.worker_period_ns && !budget)) return fail(Error::invalid);
  {
    CoreGuard guard;
    TRY(c.find(a[0], Kind::slot_factory, Right::control));
  }
  Slot* const slot = TRY(create_slot(s.name, s.frames));
  slot->hang_limit_ms = u32(std::min(s.hang_limit_ns / 1'000'000, u64{~0u} / 2));
  CoreGuard guard;
  slot->worker_budget_ns = s.worker_budget_ns;
  slot->worker_period_ns = s.worker_period_ns;
  slot->worker_priority = u8(s.worker_priority);
  return handle_value(core.insert(table_for(a[0]), Kind::slot, slot->index, 0, Right::all, 0));
}

Result<u64> native_slot_place(Context const& c, Arguments a) {
  Slot& slot = *TRY(slot_of(c, a[0], Right::place));
  if (a[1] > u64(Placement::user)) return fail(Error::invalid);
  Placement const side = Placement(u32(a[1]));
  u32 with = no_domain;
  if (a[2]) with = TRY(slot_of(c, a[2], Right::place))->domain;
  if (side != Placement::none) TRY(read_header(slot, a[3]));
  return done(place_slot(slot, side, with));
}

Result<u64> native_slot_copy(Context const& c, Arguments a) {
  Slot& slot = *TRY(slot_of(c, a[0], a[4] ? Right::write : Right::read));
  u64 const address = a[1], own = a[2], bytes = a[3];
  if (bytes > layout::entry_bytes || !c.may_name(own, bytes)) return fail(Error::bad_address);
  for (u64 at = 0; at < bytes;) {
    u64 const part = SlotPage::part(address + at, bytes - at);
    auto const page = SlotPage::hold(slot, address + at, false);
    if (!page) return fail(page.error());
    if (a[4] ? copy_from_slot(page->place(), own + at, part) : copy_to_slot(own + at, page->place(), part)) return fail(Error::bad_address);
    at += part;
  }
  return done();
}

Result<u64> native_slot_info(Context const& c, Arguments a) {
  Slot& slot = *TRY(slot_of(c, a[0], Right::read));
  host::SlotInfo info{};
  __builtin_memcpy(info.name, slot.name, sizeof info.name);
  info.side = slot.side;
  info.index = slot.index - 1;
  info.domain = slot.domain;
  info.state = u32(slot.state);
  for (auto const& counter : slot.counters) {
    info.calls += counter.calls;
    info.messages += counter.messages + counter.fast_messages;
    info.switches += counter.switches + 2 * counter.fast_messages;
  }
  if (slot.linux_handle)  // there is one personality
    for (u32 id = 0; id < cpu_count(); ++id) info.calls += cpu_by_id(id).program_calls;
  info.faults = slot.faults.load(std::memory_order_relaxed);
  info.dma_faults = slot.dma_faults.load(std::memory_order_relaxed);
  info.frames = account_of(slot.index).used();
  info.frame_limit = account_of(slot.index).limit();
  info.death = slot.ending.why;
  info.vector = slot.ending.vector;
  info.address = slot.ending.address;
  info.instruction = slot.ending.instruction;
  info.died_at = slot.ending.at;
  info.answered_at = slot.ending.answered_at;
  {
    CoreGuard guard;
    info.capabilities = slot.table.live;
    for (u32 i = slot.portals; i; i = core.portals.at(i).slot_next) info.activations += core.portals.at(i).created;
    for (u32 i = slot.spare; i; i = core.activations.at(i).next) ++info.activations;
  }
  return done(c.write(a[1], info));
}

Result<u64> native_slot_watch(Context const& c, Arguments a) {
  CoreGuard guard;
  Slot& slot = core.slots[u32(TRY(c.find(a[0], Kind::slot, Right::place))->object)];
  Event* event = nullptr;
  if (a[1]) event = &core.events.at(u32(TRY(c.find(a[1], Kind::event, Right::signal))->object));
  core.watch(slot, event);
  return done();
}

Result<u64> native_slot_kill(Context const& c, Arguments a) {
  Slot& slot = *TRY(slot_of(c, a[0], Right::place));
  u32 domain;
  {
    CoreGuard guard;
    if (slot.side != Placement::user || slot.state != SlotState::running || a[1] == 0 || a[1] >= u64(Death::count_)) return fail(Error::invalid);
    domain = slot.domain;
  }
  log("fault: service {} died: it was ended by the right to place it", std::string_view{slot.name});
  end_domain(domain, {.why = Death(u32(a[1]))});
  return done();
}

Result<u64> native_slot_clear(Context const& c, Arguments a) {
  constexpr u32 steps = 128;
  Slot& slot = *TRY(slot_of(c, a[0], Right::place));
  memory.tlb.rendezvous();  // an activation that was on its way into a pool is there by then
  CoreGuard guard;
  if (!TRY(core.clear_dead(slot, steps))) return fail(Error::busy);
  slot.stacks.store(0, std::memory_order_relaxed);
  return done();
}

Result<u64> native_memory_commit(Context const& c, Arguments a) {
  Slot& slot = *TRY(slot_of(c, a[0], Right::write));
  Protection const p = protection_of(a[3]);
  if (has(p, Protection::write | Protection::execute)) return fail(Error::invalid);
  return done(in_steps(a[1], a[2], [&](u64 address, u64 bytes) { return memory_of(slot).commit(address, bytes, p); }));
}

Result<u64> native_memory_release(Context const& c, Arguments a) {
  Slot& slot = *TRY(slot_of(c, a[0], Right::write));
  return done(in_steps(a[1], a[2], [&](u64 address, u64 bytes) { return memory_of(slot).release(address, bytes); }));
}

Result<u64> native_window_map(Context const& c, Arguments a) {
  Slot& slot = *TRY(slot_of(c, a[0], Right::write));
  Protection const p = protection_of(a[5]);
  if (has(p, Protection::execute)) return fail(Error::invalid);
  auto object = object_of(c, a[2]);
  if (!object) {
    // A range of physical memory that the manifest granted: offset counts from its first page.
    u64 first, pages;
    {
      CoreGuard guard;
      Capability const* const range = TRY(c.find(a[2], Kind::physical, Right::map));
      first = u32(range->badge);
      pages = range->badge >> 32;
    }
    if (a[3] % page_bytes || a[4] % page_bytes || a[3] / page_bytes > pages || a[4] / page_bytes > pages - a[3] / page_bytes) {
      return fail(Error::invalid);
    }
    auto device = TRY(mm::Object::create_physical(memory, memory_of(slot).account(), PhysAddr{first * page_bytes + a[3]}, a[4],
                                                  mm::Caching::device));
    return done(memory_of(slot).map_window(a[1], *device, 0, a[4], p));
  }
  return done(memory_of(slot).map_window(a[1], **object, a[3], a[4], p));
}

Result<u64> native_window_unmap(Context const& c, Arguments a) { return native_memory_release(c, a); }

Result<u64> native_object_create(Context const& c, Arguments a) {
  Slot& slot = *TRY(slot_of(c, a[0], Right::write));
  if (a[1] > u64(ObjectKind::held)) return fail(Error::invalid);
  return name_object(table_for(a[0]), Kind::object,
                     TRY(mm::Object::create(memory, memory_of(slot).account(), ObjectKind(u32(a[1])), a[2])));
}

Result<u64> native_object_supply(Context const& c, Arguments a) {
  auto const object = TRY(object_of(c, a[0]));
  u64 slot;
  if (a[3] > layout::entry_bytes / page_bytes || !c.may_name(a[2], a[3] * page_bytes) || !in_slot(a[2], a[3] * page_bytes, slot)) {
    return fail(Error::bad_address);
  }
  return done(object->supply(a[1], memory_of(core.slots[slot + 1]), a[2], a[3], a[4] != 0));
}

Result<u64> native_object_withdraw(Context const& c, Arguments a) {
  auto const object = TRY(object_of(c, a[0]));
  return done(object->withdraw(a[1], a[2]));
}

Result<u64> native_space_create(Context const& c, Arguments a) {
  Slot& slot = *TRY(slot_of(c, a[0], Right::write));
  return name_object(table_for(a[0]), Kind::space, TRY(mm::Space::create(memory, memory_of(slot).account())));
}

Result<u64> native_space_clone(Context const& c, Arguments a) {
  auto const source = TRY(space_of(c, a[0]));
  auto child = TRY(mm::Space::create(memory, account_of(table_for(a[0]))));
  mm::Space::CloneProgress progress;
  while (!TRY(source->clone_step(*child, progress))) breathe();
  return name_object(table_for(a[0]), Kind::space, child);
}

Result<u64> native_space_map(Context const& c, Arguments a) {
  auto const space = TRY(space_of(c, a[0]));
  auto const m = TRY(c.read<Mapping>(a[1]));
  if (m.object == no_handle) return space->map(m, nullptr);
  auto const object = TRY(object_of(c, m.object.raw()));
  return space->map(m, object.get());
}

Result<u64> native_space_unmap(Context const& c, Arguments a) {
  auto const space = TRY(space_of(c, a[0]));
  return done(in_steps(a[1], a[2], [&](u64 address, u64 bytes) { return space->unmap(address, bytes); }));
}

Result<u64> native_space_protect(Context const& c, Arguments a) {
  return done(TRY(space_of(c, a[0]))->protect(a[1], a[2], protection_of(a[3])));
}

Result<u64> native_space_query(Context const& c, Arguments a) {
  auto const space = TRY(space_of(c, a[0]));
  RegionInfo info{};
  TRY(space->query(a[1], info, Resident(a[3]) == Resident::of_region));
  if (Resident(a[3]) == Resident::of_space) info.resident = space->statistics().resident;
  return done(c.write(a[2], info));
}

Result<u64> native_space_resolve(Context const& c, Arguments a) {
  auto const space = TRY(space_of(c, a[0]));
  RegionInfo info{};
  auto const r = space->resolve(a[1], a[2] != 0, &info);
  if (a[3]) TRY(c.write(a[3], info));
  return done(r);
}

Result<u64> native_space_copy(Context const& c, Arguments a) {
  auto const space = TRY(space_of(c, a[0]));
  u64 const user = a[1], own = a[2], bytes = a[3];
  u64 slot = 0;
  bool const slotted = in_slot(own, bytes, slot);
  if (bytes > layout::entry_bytes || !c.may_name(own, bytes) || (!slotted && !c.kernel())) return fail(Error::bad_address);
  u64 copied = 0;
  while (copied < bytes) {
    auto const n = slotted ? space->copy_slot(user + copied, memory_of(core.slots[slot + 1]), own + copied, bytes - copied, a[4] != 0)
                           : space->copy(user + copied, reinterpret_cast<void*>(own + copied), bytes - copied, a[4] != 0);
    if (!n && copied == 0) return fail(n.error());
    if (!n || *n == 0) break;
    copied += *n;
    breathe();
  }
  return copied;
}

Result<u64> native_space_discard(Context const& c, Arguments a) {
  auto const space = TRY(space_of(c, a[0]));
  return done(in_steps(a[1], a[2], [&](u64 address, u64 bytes) { return space->discard(address, bytes); }));
}

Result<u64> native_space_remap(Context const& c, Arguments a) {
  return TRY(space_of(c, a[0]))->remap(a[1], a[2], a[3], a[4], a[5] != 0);
}

namespace {

Result<> check_port(Context const& c, u64 handle, u64 port, u64 width) {
  CoreGuard guard;
  Capability const* const range = TRY(c.find(handle, Kind::ports, Right::control));
  if (width != 1 && width != 2 && width != 4) return fail(Error::invalid);
  if (port < (range->badge & 0xffff) || port + width - 1 > range->badge >> 16) return fail(Error::no_rights);
  return ok;
}

/// The block forms (host/port_block.hpp): a[3] is the memory, a[4] how many bytes, a[5] where they are counted. All or nothing,
/// and nobody can end the caller's domain in between: interrupts are off, and its other CPUs do not run this call.
Result<u64> move_block(Context const& c, Arguments a, bool write) {
  constexpr u64 most = 64;
  u8 bytes[most];
  u64 const count = a[4];
  if (a[2] != 1 || count > most || !c.may_name(a[3], count)) return fail(Error::invalid);
  u64 const moved = TRY(c.read<u64>(a[5]));
  TRY(c.write(a[5], moved));
  if (copy_from_slot(bytes, a[3], count) || (!write && copy_to_slot(a[3], bytes, count))) return fail(Error::bad_address);
  for (u64 i = 0; i < count; ++i) {
    if (write) out8(u16(a[1]), bytes[i]);
    else bytes[i] = in8(u16(a[1]));
  }
  if (!write && copy_to_slot(a[3], bytes, count)) return fail(Error::bad_address);
  TRY(c.write(a[5], moved + count));
  return count;
}

}  // namespace

Result<u64> native_port_read(Context const& c, Arguments a) {
  TRY(check_port(c, a[0], a[1], a[2]));
  if (a[4]) return move_block(c, a, false);
  u16 const port = u16(a[1]);
  return a[2] == 1 ? in8(port) : a[2] == 2 ? in16(port) : in32(port);
}

Result<u64> native_port_write(Context const& c, Arguments a) {
  TRY(check_port(c, a[0], a[1], a[2]));
  if (a[4]) return move_block(c, a, true);
  u16 const port = u16(a[1]);
  if (a[2] == 1) out8(port, u8(a[3]));
  else if (a[2] == 2) out16(port, u16(a[3]));
  else out32(port, u32(a[3]));
  return done();
}

}  // namespace hinge::nucleus
