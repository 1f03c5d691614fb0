// The way of a Linux system call: user frame on the base kernel stack, one request to the personality on whichever side
// it is, and the outcome. Kernel side it is a call on the same stack; user side a message into a caller-view portal,
// whose page tables show the process' lower half (design section 5).
#include "nucleus/call/linux.hpp"

#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/call/call_user.hpp"
#include "nucleus/call/machine.hpp"
#include "nucleus/call/native.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/hooks.hpp"

namespace hinge::nucleus {

using linux_entry::Action;
using linux_entry::Outcome;
using linux_entry::Pseudo;

TrapFrame& user_frame(Thread& thread) {
  return reinterpret_cast<TrapFrame*>(core.activations.at(thread.base).kernel_stack)[-1];
}

Result<u64> view_root(Slot const& personality) {
  return TRY(static_cast<mm::Space*>(current().space)->service_view(domain_root(personality.domain))).raw();
}

namespace {

/// One issue of the request. peer_died when the personality is gone.
Result<u64> issue(Thread& t, u64 number, u64 const* arguments, Outcome& outcome) {
  Portal& portal = core.portals.at(t.personality);
  Slot& slot = core.slots[portal.slot];
  if (slot.side == Placement::kernel) {
    if (!portal.admits) [[unlikely]] {
      if (Error const e = await_admission(portal, portal.id(), no_deadline); e != Error::none) return fail(e);
      return issue(t, number, arguments, outcome);
    }
    ++slot.counters[cpu().id].calls;
    t.in_personality = true;
    outcome.action = Action::resume;
    auto const handle = reinterpret_cast<linux_entry::Handle>(slot.linux_handle);
    enable_interrupts();
    u64 const value = handle(reinterpret_cast<void*>(t.cookie), number, arguments, &outcome);
    disable_interrupts();
    t.in_personality = false;
    return value;
  }
  auto const entered = acquire(portal, portal.id());
  if (!entered && entered.error() == Error::not_present) return issue(t, number, arguments, outcome);
  Activation& a = *TRY(entered);
  auto const root = view_root(slot);
  if (!root) {
    core.leave(a);
    hand_back(portal, a);
    return fail(root.error());
  }
  a.root = *root;
  a.lower_half = true;
  UserRegisters r{arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5],
                  number, t.cookie, 0, 0, 0, 0, 0, slot.linux_entry, 0};
  Error const status = call_user(a, r);
  if (status != Error::none) return fail(status);
  outcome = {Action(r.rdi), u32(r.rsi), 0, r.rdx, r.r10};
  return r.rax;
}

/// Parks until the outcome's event fires. The reason for the next issue.
Result<Reason> wait_for(Thread& t, Outcome const& outcome) {
  Context const personality{core.slots[core.portals.at(t.personality).slot].domain};
  CoreGuard guard;
  Capability const* const c = TRY(personality.find(outcome.event, Kind::event, Right::wait));
  Event& event = core.events.at(u32(c->object));
  if (t.flags.load(std::memory_order_relaxed) & flag_end) return Reason::cancelled;
  if (!core.park(t, event, outcome.seen, outcome.deadline_ns)) return Reason::woken;
  switch_away();
  return t.wake_reason == Error::timed_out ? Reason::timed_out : Reason::woken;
}

}  // namespace

bool bring(Thread& t, u64 number, u64 const* arguments, bool system_call) {
  ++t.sequence;
  Reason reason = Reason::first;
  for (;;) {
    Outcome outcome{};
    auto const value = issue(t, number | u64(reason) << linux_entry::reason_shift, arguments, outcome);
    if (!value) {
      log("thread {} ends: its personality does not answer ({})", t.index, to_string(value.error()));
      exit_current();
    }
    switch (outcome.action) {
      case Action::resume:
        if (system_call) user_frame(t).rax = *value;
        refresh_pending();
        return false;
      case Action::keep:
        refresh_pending();
        return true;
      case Action::block: {
        auto const next = wait_for(t, outcome);
        if (next) {
          reason = *next;
          continue;
        }
        break;
      }
      case Action::end: exit_current();
    }
    log("thread {} ends: its personality gave an outcome that makes no sense", t.index);
    exit_current();
  }
}

extern "C" u32 linux_system_call(TrapFrame* f) {
  bool const whole = bring(current(), f->rax, &f->rdi, true);
  finish_releases();
  if (fuzzing) [[unlikely]] fuzz_exit();
  if (whole) return 1;
  // Serving what is pending may deliver a signal, which changes registers that SYSRET would not take back.
  u32 slow = 0;
  while (cpu().pending) {
    slow = 1;
    before_user(*f);
  }
  return slow;
}

void serve_thread_flags(Thread& t) {
  u32 const flags = t.flags.load(std::memory_order_relaxed);
  if (flags & flag_end) exit_current();
  if (flags & (flag_budget | flag_lent)) pay_debts();
  if (flags & flag_interrupt) {
    t.flags.fetch_and(~u32{flag_interrupt}, std::memory_order_relaxed);
    u64 const none[6] = {};
    bring(t, u64(Pseudo::interrupt), none, false);
  }
}

void run_program(void* argument) {
  Thread& t = *static_cast<Thread*>(argument);
  u64 const none[6] = {};
  bring(t, u64(Pseudo::start), none, false);
  // The stack holds nothing below the user frame any more.
  asm volatile("mov %0, %%rsp; jmp trap_return" : : "r"(&user_frame(t)) : "memory");
  __builtin_unreachable();
}

}  // namespace hinge::nucleus
