// Messages: `call` and `reply` of ring 3, calls of kernel-side code, and workers that carry events into portals. This
// is the general path; a round trip between two user domains with at most six words has a faster one in fast_path.cpp.
#include <algorithm>

#include "abi/host_table.hpp"
#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/call/call_user.hpp"
#include "nucleus/call/detach.hpp"
#include "nucleus/call/native.hpp"
#include "nucleus/hooks.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {

namespace {

constexpr u64 status_word(Error e, u64 words_out = 0) { return u64(e) | words_out << 8; }

using HandleFunction = u64 (*)(u64 cookie, u32 method, u32 words_in, u64* words, Caller const& caller);

struct Request {
  u64 badge;
  u32 method;
  u32 words_in;   ///< At most 64.
  u32 buffers;
  bool is_long;   ///< `words` has room for 64; else for 6.
  bool trusted;   ///< From the kernel domain.
  Id<Portal> portal;
  u64 deadline_ns = no_deadline;
  Reason reason = Reason::first;
};

/// The portal's slot is on the kernel side: a function call on this stack. not_present: not any more, or perhaps.
Result<u64> deliver_directly(Portal& portal, Request const& q, u64* words) {
  Slot& slot = core.slots[portal.slot];
  if (auto const in = core.enter_directly(portal); !in) {
    if (in.error() != Error::busy) return fail(in.error());
    Error const e = await_admission(portal, q.portal, q.deadline_ns);
    return fail(e == Error::none ? Error::not_present : e);
  }
  if (!core.portals.find(q.portal)) {  // another one by now
    core.leave_directly(portal);
    return fail(Error::peer_died);
  }
  ++slot.counters[cpu().id].calls;
  u64 const deadline_ns = std::min(q.deadline_ns, current_activation().deadline_ns);
  Caller const caller{q.badge, current().index, q.reason, deadline_ns, current().sequence};
  u64 room[native::register_words];
  u64* const place = q.is_long ? words : room;
  if (!q.is_long) __builtin_memcpy(room, words, sizeof room);
  enable_interrupts();
  u64 const r = reinterpret_cast<HandleFunction>(slot.handle)(portal.cookie, q.method, q.words_in | u32{q.is_long} << 16, place, caller);
  disable_interrupts();
  core.leave_directly(portal);
  if (q.is_long) return r;
  if (r >> 8 > native::register_words) return fail(Error::invalid);
  __builtin_memcpy(words, room, sizeof room);
  return r;
}

/// It is on the user side. not_present: it moved to the kernel side while the caller waited.
Result<u64> deliver_by_message(Portal& portal, Request const& q, u64* words) {
  Slot& slot = core.slots[portal.slot];
  Activation const& caller = current_activation();
  Activation& a = *TRY(acquire(portal, q.portal, q.deadline_ns));
  if (auto granted = core.grant(a, caller, q.trusted, words, q.buffers); !granted) {
    core.leave(a);
    hand_back(portal, a);
    return fail(granted.error());
  }
  UserRegisters r{words[0], words[1], words[2], words[3], words[4], words[5],
                  q.method | u64{q.words_in} << 16 | u64{q.is_long} << 24, q.badge, current().index | u64(q.reason) << 32,
                  std::min(q.deadline_ns, a.deadline_ns), current().sequence, portal.cookie, 0, slot.call_entry, 0};
  if (q.is_long) {
    r.rdi = r.rsi = r.rdx = r.r10 = r.r8 = r.r9 = 0;
    a.long_words = words;
  }
  if (q.deadline_ns != no_deadline) {
    CoreGuard guard;
    core.set_deadline(a, q.deadline_ns);
  }
  Error const transport = call_user(a, r);
  if (transport != Error::none) return fail(transport);
  if (slot.ending.at && !slot.ending.answered_at && slot.admits) [[unlikely]] slot.ending.answered_at = read_tsc();
  if (!q.is_long) __builtin_memcpy(words, &r.rdi, native::register_words * 8);
  return r.rax;  // status and size, written by reply
}

/// Runs the request in the portal's slot, on whichever side it is once it admits callers. The reply lies in `words`.
u64 deliver(Request const& q, u64* words) {
  Portal& portal = core.portals.at(q.portal.index);
  if (q.deadline_ns != no_deadline && q.deadline_ns <= now_ns()) return status_word(Error::timed_out);
  for (;;) {
    bool const direct = core.slots[portal.slot].side == Placement::kernel;
    auto const r = direct ? deliver_directly(portal, q, words) : deliver_by_message(portal, q, words);
    if (r) return *r;
    if (r.error() != Error::not_present) return status_word(r.error());
  }
}

bool well_formed(Request const& q) {
  return q.words_in <= (q.is_long ? native::max_words : native::register_words) && q.buffers <= native::max_buffers &&
         q.buffers * 2 <= q.words_in;
}

struct Target { Id<Portal> portal; u64 badge; };

Result<Target> target_of(Context const& context, u64 handle) {
  CoreGuard guard;
  Capability const* const c = TRY(context.find(handle, Kind::portal, Right::call));
  if (core.portals.at(u32(c->object)).kind != PortalKind::message) return fail(Error::not_permitted);
  return Target{{u32(c->object), c->generation}, c->badge};
}

u64 call_from_user(TrapFrame& f) {
  Context const context{current_activation().domain};
  auto const target = target_of(context, f.rbx);
  if (!target) return status_word(target.error());
  Request const q{target->badge, u32(f.rax >> 8) & 0xffff, u32(f.rax >> 24) & 0xff, u32(f.rax >> 32) & 0xff,
                  (f.rax & native::long_call) != 0, false, target->portal, f.rax & native::timed_call ? f.r12 : no_deadline,
                  f.rax & native::repeated_call ? Reason::repeated : Reason::first};
  if (!well_formed(q)) return status_word(Error::invalid);
  if (!q.is_long) return deliver(q, &f.rdi);
  u64 words[native::max_words] = {};
  u64 const place = f.rdi;
  if (!context.may_name(place, sizeof words) || copy_from_slot(words, place, q.words_in * 8)) return status_word(Error::bad_address);
  u64 const r = deliver(q, words);
  u64 const out = r >> 8;
  if (copy_to_slot(place, words, out * 8)) return status_word(Error::bad_address);
  f.rdi = f.rsi = f.rdx = f.r10 = f.r8 = f.r9 = 0;
  return r;
}

/// Leaves the current activation with the reply's words. Returns only when the reply makes no sense.
Error reply(TrapFrame& f) {
  Activation& a = current_activation();
  if (!a.portal) return Error::invalid;
  if (ends_orphan(a)) end_orphan(a);
  u64 const words_out = f.rax >> 8 & 0xff;
  Error const status = Error(u8(f.rbx));
  bool const message = core.portals.at(a.portal).kind == PortalKind::message;
  // Its callers would not know what to make of that; what it says next may be wrong and look right.
  if (message && status >= Error::count_ && a.home->watch) fault_current_domain("nonsense for an answer", f, Death::garbage, 0, f.rbx);
  u64* const to = a.lower_half ? current().reply : a.reply;
  if (a.long_words) {
    if (words_out > native::max_words || !Context{a.domain}.may_name(f.rdi, words_out * 8) ||
        copy_from_slot(a.long_words, f.rdi, words_out * 8)) {
      return Error::invalid;
    }
  } else {
    if (words_out > native::register_words) return Error::invalid;
    if (!a.caller_rsp) {
      resume_ring3(a, status_word(Error(u8(f.rbx)), words_out), {f.rdi, f.rsi, f.rdx, f.r10, f.r8, f.r9});
    }
    __builtin_memcpy(to, &f.rdi, native::register_words * 8);
  }
  to[6] = a.lower_half ? f.rbx : status_word(status, words_out);  // as it is: the caller's proxy looks at the whole
  resume_caller(a, Error::none);
}

}  // namespace

extern "C" void native_call_or_reply(TrapFrame& f) {
  if (native::Number(f.rax & 0xff) == native::Number::reply) {
    Error const e = reply(f);
    f.rax = status_word(e);
  } else {
    f.rax = call_from_user(f);
  }
  finish_releases();
  before_user(f);
}

u64 call_from_kernel(Handle h, u32 method, u32 words_in, u64* words, u64 deadline_ns) {
  auto const target = target_of(Context{kernel_domain}, h.raw());
  if (!target) return status_word(target.error());
  Request const q{target->badge, method, words_in & 0xff, words_in >> 8 & 0xff, (words_in >> 16 & 1) != 0, true,
                  target->portal, deadline_ns, words_in >> 18 & 1 ? Reason::repeated : Reason::first};
  if (!well_formed(q)) return status_word(Error::invalid);
  if (q.is_long) return deliver(q, words);
  u64 room[native::register_words] = {};
  __builtin_memcpy(room, words, q.words_in * 8);
  u64 const r = deliver(q, room);
  __builtin_memcpy(words, room, sizeof room);
  return r;
}

void run_worker(void* argument) {
  Thread& t = *static_cast<Thread*>(argument);
  u64 seen = 0;
  for (;;) {
    pay_debts();
    {
      CoreGuard guard;
      if (!t.worker_event || t.flags.load(std::memory_order_relaxed) & flag_end) break;
      Event& event = core.events.at(t.worker_event);
      if (core.park(t, event, seen, no_deadline)) {
        switch_away();
        continue;  // perhaps because the event is gone
      }
      seen = event.count;
    }
    ++t.sequence;
    u64 words[native::register_words] = {seen};
    Request request{0, t.worker_method, 1, 0, false, true, core.portals.at(t.worker_portal).id()};
    u64 r;
    while (Error(u8(r = deliver(request, words))) == Error::peer_restarts) {
      words[0] = seen;
      request.reason = Reason::repeated;
    }
    if (Error(u8(r)) == Error::peer_died) break;
    reschedule_if_pending();
  }
  exit_current();
}

}  // namespace hinge::nucleus
