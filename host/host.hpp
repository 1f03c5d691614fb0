// The host contract: all that a service may ask of the world. One table of function pointers, implemented twice: by
// the nucleus (kernel side, plain calls) and by system-call stubs (user side, host/process). A service never learns
// which; placement writes the table's address into the image header.
//
// Every operation takes up to six words and returns a value >= 0 or a negated Error. The wrappers below give them types;
// they are the documentation of the native calls. Unless a line says "may sleep", an operation does not block.
// Pointers passed must lie in the service's own slot. Addresses called `user` lie in a process' lower half.
#pragma once

#include "abi/dma.hpp"
#include "abi/host_table.hpp"
#include "abi/image.hpp"
#include "abi/layout.hpp"
#include "abi/memory.hpp"
#include "abi/native.hpp"
#include "abi/registers.hpp"
#include "abi/threads.hpp"
#include "base/result.hpp"

namespace hinge {

namespace host {

using hinge::MapFlag;
using hinge::Mapping;
using hinge::ObjectKind;
using hinge::RegionInfo;

/// This image's header (host/image.cpp).
extern "C" [[gnu::section(".hinge.header")]] image::Header hinge_image;
inline Table const& table() { return *hinge_image.host; }

/// The capability for the slot this image runs in; its table number follows from the image's address.
inline Handle own_slot() {
  u64 const slot = (reinterpret_cast<u64>(&hinge_image) - layout::slot_base(0)) / layout::entry_bytes;
  return Handle{u32(slot + 1) << 24 | own_slot_index};
}
inline Handle slot_or_own(Handle slot) { return slot == no_handle ? own_slot() : slot; }

namespace detail {
template <class A>
constexpr u64 word(A a) {
  if constexpr (requires { a.raw(); }) return u64(a.raw());
  else if constexpr (__is_pointer(A)) return reinterpret_cast<u64>(a);
  else return static_cast<u64>(a);
}
template <class... A>
i64 invoke(native::Number n, A... a) {
  static_assert(sizeof...(A) <= 6);
  u64 w[6] = {word(a)...};
  return table().operations[u32(n)](w[0], w[1], w[2], w[3], w[4], w[5]);
}
constexpr Result<u64> value(i64 r) {
  if (r < 0) return fail(Error(u8(-r)));
  return u64(r);
}
constexpr Result<> done(i64 r) {
  if (r < 0) return fail(Error(u8(-r)));
  return ok;
}
constexpr Result<Handle> handle(i64 r) {
  if (r < 0) return fail(Error(u8(-r)));
  return Handle{u32(r)};
}
}  // namespace detail

#define HINGE_CALL(how, number, ...) detail::how(detail::invoke(native::Number::number __VA_OPT__(, ) __VA_ARGS__))

// ---- IPC ---------------------------------------------------------------------------------------------------------

/// A new capability for the same object with at most the rights of `from`; a portal's may get a badge. Child of `from`.
inline Result<Handle> cap_mint(Handle from, Right rights, u64 badge) { return HINGE_CALL(handle, cap_mint, from, rights, badge); }
/// The same into another slot's table (needs Right::place on `slot`); the handle is valid there.
inline Result<Handle> cap_give(Handle slot, Handle from, Right rights, u64 badge) { return HINGE_CALL(handle, cap_give, slot, from, rights, badge); }
/// Gives up one capability; the object dies with its last one. Children stay.
inline Result<> cap_delete(Handle h) { return HINGE_CALL(done, cap_delete, h); }
/// Deletes all descendants of `h`, in steps; returns busy while there is more to do.
inline Result<> cap_revoke(Handle h) { return HINGE_CALL(done, cap_revoke, h); }

/// A portal into `slot` (Right::control), served by `cookie` (an image::Provided, or the personality's object), with at
/// most `activations` callers inside at once. Kind caller_view needs Right::caller_view on the slot capability.
inline Result<Handle> portal_create(Handle slot, PortalKind kind, u64 cookie, u32 activations) {
  return HINGE_CALL(handle, portal_create, slot, kind, cookie, activations);
}
/// false stops admission to all portals of a slot (Right::place): callers queue by priority, calls inside finish; returns
/// how many are inside, which only falls until true lets callers in again. That returns how many had queued.
inline Result<u64> slot_admit(Handle slot, bool admit) { return HINGE_CALL(value, slot_admit, slot, u64(admit), u64{0}); }
/// Sleeps until then while a slot that admits nobody (Right::place) drains. Meanwhile the own priority is lent to a thread
/// that is inside, if one has no processor: a drain is to take no longer than what those inside wait for. May sleep. Returns
/// how many are inside then.
inline Result<u64> slot_drain(Handle slot, u64 until_ns) { return HINGE_CALL(value, slot_admit, slot, u64{0}, u64{0}, until_ns); }
/// Lets callers into one portal (Right::control) of a slot that admits nobody: to start the service.
inline Result<> slot_admit_only(Handle slot, Handle portal) { return HINGE_CALL(done, slot_admit, slot, u64{0}, portal); }

/// The portal's service has answered with a status that there is not: the request is to be made again (repeated_call), which the
/// nucleus watches; the same answer ends a watched service (Death::garbage). Else invalid: it stays. Needs Right::call.
inline Result<> portal_blame(Handle portal, u64 status) { return HINGE_CALL(done, portal_blame, portal, status); }

inline Result<Handle> event_create() { return HINGE_CALL(handle, event_create, own_slot()); }
/// Adds one to the count; wakes the threads parked on it and the bound worker.
inline Result<> event_signal(Handle event) { return HINGE_CALL(done, event_signal, event); }
/// Sleeps inside the call until the count has passed `seen` (bounded waits only: give a deadline). Returns the count.
/// cancelled, once, when nobody waits for the call any more: finish. What must be waited for all the same may be, again.
inline Result<u64> event_wait(Handle event, u64 seen, u64 deadline_ns) { return HINGE_CALL(value, event_wait, event, seen, deadline_ns); }
/// From now on each rise of the count calls `method` of `portal` on a worker thread, with the count as its one word.
inline Result<> event_bind(Handle event, Handle portal, u32 method) { return HINGE_CALL(done, event_bind, event, portal, method); }

/// Sleeps while *word == expected, until word_wake or the deadline. For mutexes; may sleep. Spurious wake-ups happen. With a
/// deadline it is cancelled like event_wait; without one it is a lock's, and only wakes to look again.
inline Result<> word_wait(u32 const* word, u32 expected, u64 deadline_ns) { return HINGE_CALL(done, word_wait, word, expected, deadline_ns); }
/// The same for a lock: `expected` names the stack of its owner (layout::stack_number) in its lower 31 bits. If that is of a
/// thread inside this domain, it is lent the sleeper's priority until the wait ends. Without a deadline; may sleep.
inline Result<> lock_wait(u32 const* word, u32 expected) { return HINGE_CALL(done, word_wait, word, expected, no_deadline, u64{1}); }
/// Wakes up to `threads` that wait on the word; one alone is the best of them. Returns how many.
inline Result<u64> word_wake(u32 const* word, u32 threads) { return HINGE_CALL(value, word_wake, word, threads); }

/// Copies between own memory and a buffer granted with the call in progress; see iface/buffer.hpp. `out`: own -> grant.
inline Result<> buffer_copy(u64 grant_address, void* own, usize bytes, bool out) { return HINGE_CALL(done, buffer_copy, grant_address, own, bytes, u64(out)); }

/// The interrupt's occurrences add to `event`; it stays masked from each occurrence until interrupt_ack.
inline Result<> interrupt_bind(Handle interrupt, Handle event) { return HINGE_CALL(done, interrupt_bind, interrupt, event); }
inline Result<> interrupt_ack(Handle interrupt) { return HINGE_CALL(done, interrupt_ack, interrupt); }
/// A vector for a device's message, for good: `interrupts` is the capability for all of them (placement's). no_space.
inline Result<> interrupt_message(Handle interrupts, MessageInterrupt* message) { return HINGE_CALL(done, interrupt_message, interrupts, message); }

/// One line (at most 256 bytes) into the system's log ring and debug port, with time stamp and the service's name.
inline Result<> log_write(char const* text, usize bytes) { return HINGE_CALL(done, log_write, own_slot(), text, bytes); }
/// Bytes of the log from absolute position `at` on, at most `bytes`; returns how many. Older than the ring: not_found.
inline Result<u64> log_read(u64 at, char* to, usize bytes) { return HINGE_CALL(value, log_read, at, to, bytes); }

// ---- address spaces ----------------------------------------------------------------------------------------------

/// A new empty slot, on no side. Needs the slot factory (placement's).
inline Result<Handle> slot_create(Handle factory, SlotSetup const& s) { return HINGE_CALL(handle, slot_create, factory, &s); }
/// Places a slot (Right::place): Placement::none, kernel, or user in the domain of `with` (no_handle: a new domain).
/// `header` is the slot address of its image::Header. A slot that runs must admit nobody and be empty: else busy.
/// not_permitted on the kernel side of a processor whose ring 3 can read it (Meltdown) unless "meltdown=ignore" was said.
inline Result<> slot_place(Handle slot, Placement side, Handle with, u64 header) { return HINGE_CALL(done, slot_place, slot, side, with, header); }
/// Copies into (`write`) or out of another slot's committed memory.
inline Result<> slot_copy(Handle slot, u64 address, void* own, usize bytes, bool write) { return HINGE_CALL(done, slot_copy, slot, address, own, bytes, u64(write)); }

/// Watches a slot (Right::place): when its domain dies, `event` rises; calls that are inside end with peer_restarts, new ones
/// queue, until it is placed again and admits. no_handle: no longer; calls to it, if it is dead, end with peer_died for good.
inline Result<> slot_watch(Handle slot, Handle event) { return HINGE_CALL(done, slot_watch, slot, event); }
/// Ends the domain that a user-side slot is in (Right::place). invalid when it is dead or on the kernel side.
inline Result<> slot_kill(Handle slot, Death why) { return HINGE_CALL(done, slot_kill, slot, why); }
/// Of a dead slot (Right::place), before it is filled and placed again: deletes all its capabilities and the activations of
/// its portals, so that the same ones given in the same order get the same handles. busy: there is more to do, or a thread
/// has not left it yet. It is empty then, and may be placed. Memory stays; release what the new life is not to find.
inline Result<> slot_clear(Handle slot) { return HINGE_CALL(done, slot_clear, slot); }
inline Result<> slot_info(Handle slot, SlotInfo* info) { return HINGE_CALL(done, slot_info, slot, info); }

/// Gives zeroed frames to [address, address + bytes) of a slot (no_handle: the own one); never paged. Idempotent by page.
inline Result<> memory_commit(Handle slot, u64 address, u64 bytes, Protection p) { return HINGE_CALL(done, memory_commit, slot_or_own(slot), address, bytes, p); }
inline Result<> memory_release(Handle slot, u64 address, u64 bytes) { return HINGE_CALL(done, memory_release, slot_or_own(slot), address, bytes); }
/// Maps part of an object into a slot's window area.
inline Result<> window_map(Handle slot, u64 address, Handle object, u64 offset, u64 bytes, Protection p) {
  return HINGE_CALL(done, window_map, slot_or_own(slot), address, object, offset, bytes, p);
}
inline Result<> window_unmap(Handle slot, u64 address, u64 bytes) { return HINGE_CALL(done, window_unmap, slot_or_own(slot), address, bytes); }

inline Result<Handle> object_create(ObjectKind kind, u64 bytes) { return HINGE_CALL(handle, object_create, own_slot(), kind, bytes); }
/// The frames under [address, address + pages * 4096) of the own slot become pages first.. of the object (shared, counted).
/// `guarded`: before a shared mapping stores to one of them, the holder is asked to supply it again, without that.
inline Result<> object_supply(Handle object, u64 first, u64 address, u64 pages, bool guarded = false) {
  return HINGE_CALL(done, object_supply, object, first, address, pages, u64(guarded));
}
/// Takes pages out again, and out of all mappings. Writable mappings' dirty state is lost: the holder's frame is the data.
inline Result<> object_withdraw(Handle object, u64 first, u64 pages) { return HINGE_CALL(done, object_withdraw, object, first, pages); }

/// An empty process space, charged to the caller.
inline Result<Handle> space_create() { return HINGE_CALL(handle, space_create, own_slot()); }
/// A copy of a space: private pages shared copy-on-write, shared ones shared, regions with their opaque words.
inline Result<Handle> space_clone(Handle space) { return HINGE_CALL(handle, space_clone, space); }

/// Returns the address. Without a wish: the highest gap below the stack area (layout::stack_area_bytes under user_end).
inline Result<u64> space_map(Handle space, Mapping const& m) { return HINGE_CALL(value, space_map, space, &m); }
inline Result<> space_unmap(Handle space, u64 address, u64 bytes) { return HINGE_CALL(done, space_unmap, space, address, bytes); }
/// not_found if the range has a hole; access if beyond a region's maximum.
inline Result<> space_protect(Handle space, u64 address, u64 bytes, Protection p) { return HINGE_CALL(done, space_protect, space, address, bytes, p); }

/// The first region that ends above `address`; not_found when there is none.
/// `count`: also how many of its frames, or of all, are present, which takes time with their number.
inline Result<> space_query(Handle space, u64 address, RegionInfo* info, Resident count = Resident::none) {
  return HINGE_CALL(done, space_query, space, address, info, u64(count));
}
/// Serves a fault at `address` without taking one: not_present (holder must supply; region in *info if not null),
/// bad_address (no region), access (protection), or done.
inline Result<> space_resolve(Handle space, u64 address, bool write, RegionInfo* info) { return HINGE_CALL(done, space_resolve, space, address, u64(write), info); }
/// Copies between own memory and any process' space, in steps; returns bytes done before the first problem.
/// `write`: own -> space. Private pages are copied on write even where the region is read-only (as ptrace may).
inline Result<u64> space_copy(Handle space, u64 user, void* own, usize bytes, bool write) { return HINGE_CALL(value, space_copy, space, user, own, bytes, u64(write)); }
/// Drops private frames in a range (MADV_DONTNEED); the next touch is filled as at first.
inline Result<> space_discard(Handle space, u64 address, u64 bytes) { return HINGE_CALL(done, space_discard, space, address, bytes); }
/// Moves a region's pages (mremap): from, old bytes, to (0: anywhere), new bytes. Returns the new address.
inline Result<u64> space_remap(Handle space, u64 from, u64 old_bytes, u64 to, u64 new_bytes, bool may_move) {
  return HINGE_CALL(value, space_remap, space, from, old_bytes, to, new_bytes, u64(may_move));
}

/// Device registers in I/O space; width 1, 2 or 4 bytes. `ports` is a range the manifest granted.
inline Result<u64> port_read(Handle ports, u16 port, u32 width) { return HINGE_CALL(value, port_read, ports, port, width); }
inline Result<> port_write(Handle ports, u16 port, u32 width, u32 value) { return HINGE_CALL(done, port_write, ports, port, width, value); }

/// Lets a device reach [address, address + bytes): own slot memory, or a buffer granted with the call in progress, writable
/// if the device writes. Its frames are pinned until dma_unmap or dma_reset, and count against the own frames once more. Not
/// tied to the call: unmap before the reply. What the device sees goes into `segments`, of which there are `count`.
/// invalid (no bytes, more than dma_pages pages), bad_address (not committed, read-only, device registers, a kernel stack),
/// no_rights (not granted), no_space (more segments; or all of the device's mappings are in use), quota, no_memory.
/// On the kernel side grants are not tracked: there it is only checked that the memory is some slot's.
inline Result<DmaMapping> dma_map(Handle device, u64 address, u64 bytes, bool device_writes, DmaSegment* segments, u32 count) {
  u64 const both = TRY(HINGE_CALL(value, dma_map, device, address, bytes, u64(device_writes), segments, count));
  return DmaMapping{u32(both), u32(both >> 32)};
}
/// The device is done with that mapping: behind an IOMMU it has no access any more on return. not_found.
inline Result<> dma_unmap(Handle device, u32 id) { return HINGE_CALL(done, dma_unmap, device, id); }
/// The device was just reset and does nothing by itself: ends all its mappings, those of a dead instance of the driver too,
/// whose frames were in quarantine till now. A driver says so when it starts, before its first dma_map.
inline Result<> dma_reset(Handle device) { return HINGE_CALL(done, dma_reset, device); }
/// Confines all devices from now on to what is mapped for them, by the IOMMU whose registers begin at a physical address.
/// Needs the capability for all devices (placement's), before any device was named. not_supported, busy.
inline Result<> dma_confine(Handle devices, u64 registers) { return HINGE_CALL(done, dma_confine, devices, registers); }

// ---- threads -----------------------------------------------------------------------------------------------------

/// A stopped thread.
inline Result<Handle> thread_create(ThreadSetup const& s) { return HINGE_CALL(handle, thread_create, &s); }
inline Result<> thread_start(Handle t) { return HINGE_CALL(done, thread_start, t); }
/// Soon after, before it runs user code again, the thread brings Pseudo::interrupt. Does not wake it from a block.
inline Result<> thread_interrupt(Handle t) { return HINGE_CALL(done, thread_interrupt, t); }
/// Reads (`write` false) or sets the user registers of a thread that is stopped, parked, or the caller's own outermost, which
/// own_thread names, too, at less cost.
/// Values that a program could not have itself (cs, ss, privileged flags, non-canonical rip and bases) are an error.
inline Result<> thread_registers(Handle t, Registers* r, bool write) { return HINGE_CALL(done, thread_registers, t, r, u64(write)); }
/// Moves the caller's outermost thread into another space; a caller view follows at once. For exec.
inline Result<> thread_rehome(Handle t, Handle space) { return HINGE_CALL(done, thread_rehome, t, space); }
/// The caller's outermost thread, best by own_thread: saves its floating-point state to user memory (512 bytes FXSAVE
/// form, 16-aligned; with XSAVE the standard form, size in system_info), loads it from there, or resets it.
inline Result<> thread_floating(Handle t, Floating what, u64 user) { return HINGE_CALL(done, thread_floating, t, what, user); }
/// Ends a stopped thread, or marks a live one to end at its next way out (Action::end does it for the caller's own).
inline Result<> thread_end(Handle t) { return HINGE_CALL(done, thread_end, t); }

inline Result<> thread_info(Handle t, ThreadInfo* info) { return HINGE_CALL(done, thread_info, t, info); }

// ---- scheduling --------------------------------------------------------------------------------------------------

/// Priority 1 to 31 (0 idles); a normal process has 8, services' workers 16. `cpu_mask`: where it may run, bit by bit.
/// With a period (at most 2^40 ns) also the budget, at least 100 us: from now on that much processor time in each period,
/// then it waits for the next; what it uses inside services beyond that is debt, paid first. All of the period: no limit.
inline Result<> schedule(Handle t, u32 priority, u64 cpu_mask, u64 budget_ns = 0, u64 period_ns = 0) {
  return HINGE_CALL(done, schedule, t, priority, cpu_mask, budget_ns, period_ns);
}
inline Result<> yield() { return HINGE_CALL(done, yield); }

/// Nanoseconds: since boot, or since 1970 (UTC). Setting the wall clock needs its capability; invalid when `wall_ns` is 0.
inline u64 clock(ClockKind kind = ClockKind::monotonic) { return u64(detail::invoke(native::Number::clock, kind, u64{0})); }
inline Result<> clock_set(Handle wall_clock, u64 wall_ns) {
  return wall_ns ? HINGE_CALL(done, clock, ClockKind::wall, wall_ns, wall_clock) : fail(Error::invalid);
}
/// `event` rises at `deadline_ns` (monotonic), then every `period_ns` if not 0; no_deadline disarms. One timer an event.
inline Result<> timer_set(Handle event, u64 deadline_ns, u64 period_ns) { return HINGE_CALL(done, timer_set, event, deadline_ns, period_ns); }

inline Result<> system_info(SystemInfo* info) { return HINGE_CALL(done, system_info, info); }

/// Ends the machine. Needs the power capability.
inline Result<> system_stop(Handle power, Stop how) { return HINGE_CALL(done, system_stop, power, how); }

#undef HINGE_CALL

// ---- the calling process' memory (the personality) ----------------------------------------------------------------

/// Bytes not copied; see Table.
inline usize copy_from_caller(void* to, UserAddr from, usize bytes) { return table().copy_in(to, from.raw(), bytes); }
inline usize copy_to_caller(UserAddr to, void const* from, usize bytes) { return table().copy_out(to.raw(), from, bytes); }

}  // namespace host
}  // namespace hinge
