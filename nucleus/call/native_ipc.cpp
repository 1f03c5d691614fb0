// Native calls about capabilities, portals, events, words, buffers, interrupts and the log. Contracts: host/host.hpp.
#include "abi/threads.hpp"
#include "nucleus/call/call_user.hpp"
#include "nucleus/call/detach.hpp"
#include "nucleus/call/native.hpp"
#include "nucleus/call/slot_page.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/irq/interrupts.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {

Result<u64> native_cap_mint(Context const& c, Arguments a) {
  CoreGuard guard;
  Handle const from{u32(a[0])};
  if (a[0] >> 32 || !c.owns(from)) return fail(Error::bad_handle);
  return handle_value(core.mint(from, table_of(from), Right(u16(a[1])), a[2]));
}

Result<u64> native_cap_give(Context const& c, Arguments a) {
  CoreGuard guard;
  Capability const* const slot = TRY(c.find(a[0], Kind::slot, Right::place));
  Handle const from{u32(a[1])};
  if (a[1] >> 32 || !c.owns(from)) return fail(Error::bad_handle);
  return handle_value(core.mint(from, u32(slot->object), Right(u16(a[2])), a[3]));
}

Result<u64> native_cap_delete(Context const& c, Arguments a) {
  CoreGuard guard;
  Handle const h{u32(a[0])};
  if (a[0] >> 32 || !c.owns(h)) return fail(Error::bad_handle);
  return done(core.remove(h));
}

Result<u64> native_cap_revoke(Context const& c, Arguments a) {
  constexpr u32 steps = 32;
  CoreGuard guard;
  Handle const h{u32(a[0])};
  if (a[0] >> 32 || !c.owns(h)) return fail(Error::bad_handle);
  if (!TRY(core.revoke(h, steps))) return fail(Error::busy);
  return done();
}

Result<u64> native_portal_create(Context const& c, Arguments a) {
  CoreGuard guard;
  if (a[1] > u64(host::PortalKind::caller_view) || a[3] == 0 || a[3] > 4096) return fail(Error::invalid);
  bool const view = host::PortalKind(a[1]) == host::PortalKind::caller_view;
  Capability const* const slot = TRY(c.find(a[0], Kind::slot, view ? Right::control | Right::caller_view : Right::control));
  return handle_value(core.create_portal(table_of(Handle{u32(a[0])}), u32(slot->object),
                                         view ? PortalKind::caller_view : PortalKind::message, a[2], u32(a[3])));
}

Result<u64> native_slot_admit(Context const& c, Arguments a) {
  Slot* slot;
  {
    CoreGuard guard;
    slot = &core.slots[TRY(c.find(a[0], Kind::slot, Right::place))->object];
    if (a[2]) {
      Portal& portal = core.portals.at(u32(TRY(c.find(a[2], Kind::portal, Right::control))->object));
      if (portal.slot != slot->index || slot->admits) return fail(Error::invalid);
      core.admit_only(portal);
      return done();
    }
    if (a[3] && !slot->admits) {
      core.park_on_word(current(), reinterpret_cast<u64>(slot), a[3]);  // nobody wakes that
      core.hurry(current(), *slot);
      switch_away();
    }
    bool const stops = !a[1] && slot->admits;
    u64 const queued = core.admit(*slot, a[1] != 0);
    if (!stops) return a[1] ? queued : core.inside(*slot);
  }
  memory.tlb.rendezvous();  // callers who found it open are inside by then
  CoreGuard guard;
  return core.inside(*slot);
}

Result<u64> native_portal_blame(Context const& c, Arguments a) {
  CoreGuard guard;
  Slot const& slot = *core.portals.at(u32(TRY(c.find(a[0], Kind::portal, Right::call))->object)).home;
  // A caller's word ends nobody. Asked again, by the general path, the service answers before the nucleus' eyes (reply).
  if (!slot.watch || slot.side != Placement::user || Error(u8(a[1])) < Error::count_) return fail(Error::invalid);
  return done();
}

Result<u64> native_event_create(Context const& c, Arguments a) {
  CoreGuard guard;
  TRY(c.find(a[0], Kind::slot, Right::none));
  return handle_value(core.create_event(table_of(Handle{u32(a[0])})));
}

Result<u64> native_event_signal(Context const& c, Arguments a) {
  CoreGuard guard;
  Capability const* const e = TRY(c.find(a[0], Kind::event, Right::signal));
  core.signal(core.events.at(u32(e->object)));
  return done();
}

namespace {

/// Before a sleep inside a call. A death or a deadline that came while the thread was on its way here has only marked it, and
/// nothing would end the sleep for that.
Result<> may_sleep(Context const& c) HINGE_REQUIRES(core_lock) {
  note_activation();
  if (current().flags.load(std::memory_order_relaxed) & flag_cut) core.settle_running(current(), now_ns());
  // Kernel-side code that was called from a dead domain finishes what it does.
  if (!c.kernel() && current_activation().dead) return fail(Error::peer_died);
  return ok;
}

/// Before one with a bound: whether the thread is to hear, once, that nobody waits for it any more.
Result<> not_cancelled() {
  if (current().flags.fetch_and(~u32{flag_cancel}, std::memory_order_relaxed) & flag_cancel) return fail(Error::cancelled);
  return ok;
}

/// After a sleep inside a call: what the sleeper is told.
Result<> wake_result() {
  Error const why = current().wake_reason;
  if (why == Error::none) return ok;
  return fail(why);
}

}  // namespace

Result<u64> native_event_wait(Context const& c, Arguments a) {
  CoreGuard guard;
  Capability const* const cap = TRY(c.find(a[0], Kind::event, Right::wait));
  Id<Event> const id{u32(cap->object), cap->generation};
  TRY(may_sleep(c));
  TRY(not_cancelled());
  if (core.park(current(), *core.events.find(id), a[1], a[2])) {
    switch_away();
    TRY(wake_result());
  }
  Event const* const e = core.events.find(id);
  if (!e) return fail(Error::peer_died);
  return e->count;
}

Result<u64> native_event_bind(Context const& c, Arguments a) {
  Thread* worker;
  {
    CoreGuard guard;
    Capability const* const e = TRY(c.find(a[0], Kind::event, Right::wait));
    Capability const* const p = TRY(c.find(a[1], Kind::portal, Right::call));
    Event& event = core.events.at(u32(e->object));
    Portal& portal = core.portals.at(u32(p->object));
    if (a[2] > 0xffff) return fail(Error::invalid);
    if (event.worker) return fail(Error::busy);
    worker = TRY(core.create_thread(portal.slot));
    worker->worker_method = u32(a[2]);
    Slot const& slot = core.slots[portal.slot];
    if (slot.worker_period_ns) (void)core.set_budget(*worker, slot.worker_budget_ns, slot.worker_period_ns, now_ns());
    TRY(core.bind(event, portal, *worker));
  }
  auto const started = start_kernel_thread(*worker, core.slots[worker->owner_slot].worker_priority, run_worker);
  if (started) return done();
  CoreGuard guard;
  core.end_thread(*worker);
  return fail(started.error());
}

namespace {

/// Names a word for waiting: its frame and offset, so that it is the same from either side.
Result<u64> word_key(Context const& c, u64 address) {
  if (address % 4 || !c.may_name(address, 4)) return fail(Error::bad_address);
  return address;
}

/// Who is on the stack that a lock's word names. Whatever a user-side domain writes there, its own callers and workers are
/// all that it can name. Kernel-side code is trusted to name a thread that holds something.
Thread* owner_of(Context const& c, u32 word) {
  u64 const end = layout::stack_end(word);
  u64 const note = end > layout::kernel_stacks && end <= layout::kernel_stacks + layout::entry_bytes
                       ? end - layout::kernel_stack_bytes : end - sizeof(u64);
  u32 index;
  if (!c.may_name(note, sizeof index) || copy_from_slot(&index, note, sizeof index)) return nullptr;
  if (index == 0 || index > core.activations.used()) return nullptr;
  Activation const& a = core.activations.at(index);
  if (!a.live || !a.thread || (!c.kernel() && a.domain != c.domain)) return nullptr;
  Thread& t = core.threads.at(a.thread);
  return t.state == ThreadState::ended ? nullptr : &t;
}

}  // namespace

Result<u64> native_word_wait(Context const& c, Arguments a) {
  u64 const key = TRY(word_key(c, a[0]));
  CoreGuard guard;
  u32 value;
  if (copy_from_slot(&value, a[0], 4)) return fail(Error::bad_address);
  if (value != u32(a[1])) return done();
  TRY(may_sleep(c));
  if (a[2] != no_deadline) TRY(not_cancelled());
  core.park_on_word(current(), key, a[2]);
  if (Thread* const owner = a[3] ? owner_of(c, value) : nullptr) core.lend(current(), *owner);
  switch_away();
  return done(wake_result());
}

Result<u64> native_word_wake(Context const& c, Arguments a) {
  u64 const key = TRY(word_key(c, a[0]));
  CoreGuard guard;
  return core.wake_word(key, u32(a[1]));
}

Result<u64> native_buffer_copy(Context const& c, Arguments a) {
  u64 const grant = a[0], own = a[1], bytes = a[2];
  bool const out = a[3] != 0;
  if (bytes > layout::entry_bytes || !c.may_name(own, bytes)) return fail(Error::bad_address);
  u64 number;
  bool const slotted = in_slot(grant, bytes, number) && core.slots[number + 1].live;
  bool const own_slot = slotted && core.slots[number + 1].domain == c.domain;
  if (!c.kernel() && !own_slot && !core.granted(current_activation(), grant, bytes, out)) return fail(Error::no_rights);
  if (!slotted && grant < layout::direct_map) return fail(Error::bad_address);
  // Page by page through the frames: the grant's slot may be mapped nowhere here. What is in no slot is the kernel stack
  // of a kernel-side sender.
  for (u64 at = 0; at < bytes;) {
    u64 const part = SlotPage::part(grant + at, bytes - at);
    void* const unslotted = reinterpret_cast<void*>(grant + at);
    auto const page = slotted ? SlotPage::hold(core.slots[number + 1], grant + at, out) : Result<SlotPage>{fail(Error::not_found)};
    if (slotted && !page) return fail(page.error());
    void* const p = slotted ? page->place() : unslotted;
    if (out ? copy_from_slot(p, own + at, part) : copy_to_slot(own + at, p, part)) return fail(Error::bad_address);
    at += part;
  }
  return done();
}

namespace {

/// By line: the event that its interrupts raise. An Id, since the event may die while the line stays attached.
constinit Id<Event> interrupt_events[max_lines] = {};

/// From the interrupt's vector: the event rises, the line stays masked until interrupt_ack.
void signal_interrupt(void* context) {
  CoreGuard guard;
  if (Event* const event = core.events.find(*static_cast<Id<Event> const*>(context))) core.signal(*event);
}

}  // namespace

Result<u64> native_interrupt_bind(Context const& c, Arguments a) {
  CoreGuard guard;
  Capability const* const i = TRY(c.find(a[0], Kind::interrupt, Right::control));
  Capability const* const e = TRY(c.find(a[1], Kind::event, Right::signal));
  u32 const line = u32(i->object);
  if (line >= max_lines) return fail(Error::invalid);
  // Bound again, as by the next life of a service that died, it raises the new event.
  if (auto const r = attach(line, signal_interrupt, &interrupt_events[line]); !r && r.error() != Error::busy) return fail(r.error());
  interrupt_events[line] = {u32(e->object), e->generation};
  return done(unmask(line));
}

Result<u64> native_interrupt_ack(Context const& c, Arguments a) {
  CoreGuard guard;
  Capability const* const i = TRY(c.find(a[0], Kind::interrupt, Right::control));
  return done(unmask(u32(i->object)));
}

Result<u64> native_interrupt_message(Context const& c, Arguments a) {
  {
    CoreGuard guard;
    TRY(c.find(a[0], Kind::interrupts, Right::control));
  }
  Msi const msi = TRY(allocate_msi());
  return done(c.write(a[1], host::MessageInterrupt{msi.address, msi.data, msi.line}));
}

Result<u64> native_log_write(Context const& c, Arguments a) {
  constexpr u64 longest = 256;
  char text[longest];
  u64 const bytes = std::min(a[2], longest);
  u32 slot;
  {
    CoreGuard guard;
    Capability const* const own = TRY(c.find(a[0], Kind::slot, Right::none));
    slot = u32(own->object);
  }
  if (!c.may_name(a[1], bytes) || copy_from_slot(text, a[1], bytes)) return fail(Error::bad_address);
  for (u64 i = 0; i < bytes; ++i) {
    if (u8(text[i]) < ' ' && text[i] != '\t') text[i] = '?';
  }
  log("{}: {}", std::string_view{core.slots[slot].name}, std::string_view{text, bytes});
  return done();
}

Result<u64> native_log_read(Context const& c, Arguments a) {
  char part[512];
  if (a[2] > layout::entry_bytes || !c.may_name(a[1], a[2])) return fail(Error::bad_address);
  u64 done_bytes = 0;
  while (done_bytes < a[2]) {
    auto const got = log_read(a[0] + done_bytes, std::span{part, std::min<usize>(sizeof part, a[2] - done_bytes)});
    if (!got && !done_bytes) return fail(got.error());
    if (!got || *got == 0) break;
    if (copy_to_slot(a[1] + done_bytes, part, *got)) return fail(Error::bad_address);
    done_bytes += *got;
  }
  return done_bytes;
}

}  // namespace hinge::nucleus
