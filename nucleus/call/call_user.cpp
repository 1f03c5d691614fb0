// Entering user-side slots: activations are taken, equipped at their first use, entered and given back. See call_user.hpp.
#include "nucleus/call/call_user.hpp"

#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/call/detach.hpp"
#include "nucleus/call/guarded.hpp"
#include "nucleus/call/machine.hpp"
#include "nucleus/debug/backtrace.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/debug/symbols.hpp"
#include "nucleus/hooks.hpp"

namespace hinge::nucleus {

extern "C" {
u64 enter_user(UserRegisters* r, u64* saved_rsp);
[[noreturn]] void resume_kernel(u64 rsp, u64 status);
}

namespace {

/// Gives a fresh activation its stacks: one in the slot, one in the nucleus; both stay with it.
Result<> equip(Activation& a, Slot& slot) {
  if (a.kernel_stack) return ok;  // a spare one
  u64 const number = slot.stacks.fetch_add(1, std::memory_order_relaxed);
  u64 const top = layout::slot_base(slot.index - 1) + layout::slot_stacks + (number + 1) * layout::activation_stack_stride;
  mm::SlotMemory& memory_of_slot = *static_cast<mm::SlotMemory*>(slot.memory);
  TRY(memory_of_slot.commit(top - layout::activation_stack_bytes, layout::activation_stack_bytes,
                            Protection::read | Protection::write));
  *static_cast<u64*>(TRY(memory_of_slot.pointer(top - sizeof(u64), true))) = a.index;
  a.user_stack = top - 16;
  a.kernel_stack = TRY(memory.stacks.allocate(memory_of_slot.account())).raw();
  note_on_stack(a.kernel_stack, a);
  return ok;
}

/// Gives a fresh activation of the portal to this CPU's pool.
Result<> add(Portal& portal, Activation& fresh) {
  auto const equipped = equip(fresh, core.slots[portal.slot]);
  if (equipped) {
    core.give(portal, fresh, cpu().id);
  } else {
    CoreGuard guard;
    core.withdraw(portal, fresh);
  }
  return equipped;
}

}  // namespace

Result<Activation*> acquire(Portal& portal, Id<Portal> id, u64 deadline_ns) {
  note_activation();
  bool may_grow = true, woken = false;
  for (;;) {
    auto entered = core.enter(portal, current(), cpu().id);
    // The caller's name of the portal was looked up under the lock, which has been let go since.
    if (entered && !core.portals.find(id)) {
      core.leave(**entered);
      core.give(portal, **entered, cpu().id);
      return fail(Error::peer_died);
    }
    if (entered && woken) {
      CoreGuard guard;
      core.pass_on(portal);
    }
    if (entered || (entered.error() != Error::would_block && entered.error() != Error::busy)) return entered;
    Activation* fresh;
    {
      CoreGuard guard;
      if (!core.portals.find(id)) return fail(Error::peer_died);
      auto const step = TRY(core.seek(portal, current(), cpu().id, may_grow));
      fresh = step.fresh;
      if (step.way == Core::Way::queued) {
        // Each looks into its pool when the interrupt comes, also at what it has given there since.
        for (u32 id = 0; id < cpu_count(); ++id) {
          if (id != cpu().id) send_reschedule(id);
        }
        core.limit_wait(current(), deadline_ns);
        switch_away();
        if (current().wake_reason != Error::none) return fail(current().wake_reason);
        may_grow = woken = true;
      }
    }
    if (!fresh) continue;
    auto const added = add(portal, *fresh);
    if (!added && !portal.created) return fail(added.error());
    may_grow = bool(added);  // what cannot be had now may be had after a sleep
  }
}

Error await_admission(Portal& portal, Id<Portal> id, u64 deadline_ns) {
  note_activation();
  CoreGuard guard;
  if (!core.portals.find(id)) return Error::peer_died;
  auto const queued = core.await_admission(portal, current());
  if (!queued) return queued.error();
  if (!*queued) return Error::none;
  core.limit_wait(current(), deadline_ns);
  switch_away();
  return current().wake_reason;
}

void hand_back(Portal& portal, Activation& a) {
  if (portal.waiting) {
    CoreGuard guard;
    core.share(portal, a);
  } else {
    core.give(portal, a, cpu().id);
  }
}

Error call_user(Activation& a, UserRegisters& r) {
  Activation& caller = core.activations.at(a.caller);
  Portal& portal = core.portals.at(a.portal);
  Slot& slot = core.slots[a.slot];
  if (caller.floating) {
    current().fs_base = read_user_fs_base();
    current().gs_base = read_user_gs_base();
  }
  a.root = core.domains[slot.domain].root;
  ++slot.counters[cpu().id].messages;
  a.reply = &r.rdi;
  use_activation(a);
  r.rsp = a.user_stack;
  Error status = Error::none;
  if (a.long_words) {
    r.rsp -= native::max_words * 8;
    if (copy_to_slot(r.rsp, a.long_words, native::max_words * 8)) status = Error::bad_address;
  }
  if (status == Error::none) {
    u64 const outcome = enter_user(&r, &a.caller_rsp);
    status = Error(u8(outcome));
    if (outcome & detached_call) {
      refresh_pending();
      return status;
    }
  }
  // Perhaps on another CPU by now, and as another thread.
  if (a.timed) {
    CoreGuard guard;
    core.clear_deadline(a);
  }
  core.leave(a);
  a.caller_rsp = 0;
  a.long_words = nullptr;
  use_activation(caller);
  if (caller.floating) {
    write_user_fs_base(current().fs_base);
    write_user_gs_base(current().gs_base);
  }
  hand_back(portal, a);
  refresh_pending();
  return status;
}

void resume_ring3(Activation& a, u64 rax, u64 const (&words)[native::register_words]) {
  Portal& portal = core.portals.at(a.portal);
  Activation& caller = core.activations.at(a.caller);
  core.leave(a);
  // Nobody else may have the activation before its kernel stack is left, so it goes to this CPU's pool and, if somebody
  // waits, is donated from there by the interrupt that this CPU sends itself.
  core.give(portal, a, cpu().id);
  if (portal.waiting) send_reschedule(cpu().id);
  use_activation(caller);
  refresh_pending();
  if (caller.dead) leave_dead_activation();
  return_to_ring3(caller, rax, words);
}

void return_to_ring3(Activation& a, u64 rax, u64 const (&words)[native::register_words]) {
  Resume const& to = reinterpret_cast<Resume const*>(a.kernel_stack)[-1];
  UserRegisters r{words[0], words[1], words[2], words[3], words[4], words[5], rax,
                  to.rbx, to.rbp, to.r12, to.r13, to.r14, to.r15, to.rip, to.rsp};
  u64 unused;
  enter_user(&r, &unused);
  __builtin_unreachable();
}

void resume_caller(Activation& a, Error status) {
  if (ends_orphan(a)) end_orphan(a);
  if (a.caller_rsp) resume_kernel(a.caller_rsp, u64(status));
  resume_ring3(a, u64(status), {});
}

void leave_dead_activation() {
  Activation& a = current_activation();
  resume_caller(a, core.how_calls_end(*a.home));
}

namespace {

/// Words of a user-side stack, for backtraces: reached through the frames of the slot, never by its address.
bool read_slot_word(void* context, u64 address, u64& word) {
  auto& slot = *static_cast<mm::SlotMemory*>(static_cast<Slot*>(context)->memory);
  if (address % 8 || !slot.contains(address, 8)) return false;
  auto p = slot.pointer(address, false);
  if (!p) return false;
  word = *static_cast<u64*>(*p);
  return true;
}

}  // namespace

StackReader slot_reader(Slot& slot) { return {read_slot_word, &slot}; }

void fault_current_domain(char const* what, TrapFrame const& frame, Death why, u32 vector, u64 address) {
  Activation const& a = current_activation();
  Slot& slot = core.slots[a.slot];
  // Who breaks when it cannot get one frame more broke for that.
  if (why == Death::fault && account_of(slot.index).used() >= account_of(slot.index).limit()) why = Death::quota;
  char const* const first = why == Death::quota ? "its memory is used up, " : "";
  log("fault: service {} died: {}{} at {x}, address {x}, thread {}, cpu {}", std::string_view{slot.name}, first, what, frame.rip,
      address, a.thread, whole_cpu().id);
  log_backtrace(frame.rip, frame.rbp, slot_reader(slot));
  end_domain(a.domain, {.why = why, .vector = vector, .address = address, .instruction = frame.rip});
  leave_dead_activation();
}

}  // namespace hinge::nucleus
