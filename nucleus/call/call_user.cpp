// Entering user-side slots: activations are taken, equipped at their first use, entered and given back. See call_user.hpp.
#include "nucleus/call/call_user.hpp"

#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/arch/x86_64/features.hpp"
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
/// To ring 3 with rax = status and all other registers zero.
[[noreturn]] void resume_ring3(u64 rip, u64 rsp, u64 status);
}

namespace {

/// By CPU: the portal whose callers wait for an activation that may lie in that CPU's pool.
constinit std::atomic<u32> donation_wanted[max_cpus] = {};

/// Gives a fresh activation its stacks: one in the slot, one in the nucleus; both stay with it.
Result<> equip(Activation& a, Slot& slot) {
  u64 const number = slot.stacks.fetch_add(1, std::memory_order_relaxed);
  u64 const top = layout::slot_base(slot.index - 1) + layout::slot_stacks + (number + 1) * layout::activation_stack_stride;
  mm::SlotMemory& memory_of_slot = *static_cast<mm::SlotMemory*>(slot.memory);
  TRY(memory_of_slot.commit(top - layout::activation_stack_bytes, layout::activation_stack_bytes,
                            Protection::read | Protection::write));
  a.user_stack = top;
  a.kernel_stack = TRY(memory.stacks.allocate(memory_of_slot.account())).raw();
  return ok;
}

Result<> add_activation(Portal& portal) {
  Activation* fresh;
  {
    CoreGuard guard;
    if (core.take_shared(portal, cpu().id)) return ok;
    fresh = TRY(core.grow(portal));
  }
  if (auto equipped = equip(*fresh, core.slots[portal.slot]); !equipped) {
    CoreGuard guard;
    --portal.created;
    core.activations.release(*fresh);
    return equipped;
  }
  core.give(portal, *fresh, cpu().id);
  return ok;
}

/// Sleeps until an activation may be free. The other CPUs are asked for those in their pools.
Result<> wait_for_activation(Portal& portal) {
  Thread& t = current();
  CoreGuard guard;
  core.queue_for(portal, t);
  if (portal.admits) {
    for (u32 id = 0; id < cpu_count(); ++id) {
      ask_for_donation(portal, id);
    }
  }
  switch_away();
  if (t.wake_reason == Error::none) return ok;
  return fail(t.wake_reason);
}

}  // namespace

void ask_for_donation(Portal const& portal, u32 id) {
  donation_wanted[id].store(portal.index, std::memory_order_release);  // pairs with the exchange in serve_donations
  send_reschedule(id);
}

/// The core lock is held.
void serve_donations() {
  u32 const wanted = donation_wanted[cpu().id].exchange(0, std::memory_order_acquire);
  if (wanted && core.portals.at(wanted).live && core.portals.at(wanted).waiting) core.donate(core.portals.at(wanted), cpu().id);
}

Result<Activation*> acquire(Portal& portal) {
  for (;;) {
    auto entered = core.enter(portal, current(), cpu().id);
    if (entered) return entered;
    if (entered.error() == Error::would_block) {
      if (auto added = add_activation(portal); added) continue;
      else if (added.error() != Error::quota || portal.created == 0) return fail(added.error());
    } else if (entered.error() != Error::busy) {
      return entered;
    }
    TRY(wait_for_activation(portal));
  }
}

Error call_user(Activation& a, UserRegisters& r) {
  Thread& t = current();
  Activation& caller = core.activations.at(a.caller);
  Portal& portal = core.portals.at(a.portal);
  Slot& slot = core.slots[a.slot];
  bool const program = caller.floating;
  if (program) {
    t.fs_base = read_user_fs_base();
    t.gs_base = read_user_gs_base();
    write_user_fs_base(0);
  }
  if (portal.kind == PortalKind::message) {
    a.root = core.domains[slot.domain].root;
    a.lower_half = false;
  }
  ++slot.counters[cpu().id].messages;
  a.reply = &r.rdi;
  use_activation(a);
  r.rsp = a.user_stack;
  Error status = Error::none;
  if (a.long_words) {
    r.rsp -= native::max_words * 8;
    if (copy_to_slot(r.rsp, a.long_words, native::max_words * 8)) status = Error::bad_address;
  }
  if (status == Error::none) status = Error(u8(enter_user(&r, &a.caller_rsp)));
  // Perhaps on another CPU by now.
  core.leave(a);
  a.caller_rsp = 0;
  a.long_words = nullptr;
  use_activation(caller);
  if (program) {
    write_user_fs_base(t.fs_base);
    write_user_gs_base(t.gs_base);
  }
  if (status != Error::peer_died) {
    if (portal.waiting) {
      CoreGuard guard;
      core.share(portal, a);
    } else {
      core.give(portal, a, cpu().id);
    }
  }
  refresh_pending();
  return status;
}

void resume_caller(Activation& a, Error status) {
  if (a.caller_rsp) resume_kernel(a.caller_rsp, u64(status));
  // Called by the fast path: straight back to ring 3. Its stack is left by resume_ring3, with interrupts off until then.
  u64 const rip = a.return_rip, rsp = a.return_rsp;
  Activation& caller = core.activations.at(a.caller);
  core.leave(a);
  if (status != Error::peer_died) core.give(core.portals.at(a.portal), a, cpu().id);
  use_activation(caller);
  refresh_pending();
  if (caller.dead) leave_dead_activation();
  resume_ring3(rip, rsp, u64(status));
}

void leave_dead_activation() { resume_caller(current_activation(), Error::peer_died); }

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

void fault_current_domain(char const* what, TrapFrame const* frame, u64 address) {
  Activation& a = current_activation();
  Slot& slot = core.slots[a.slot];
  log("fault: service {} died: {} at {x}, address {x}, thread {}, cpu {}", std::string_view{slot.name}, what,
      frame ? frame->rip : 0, address, a.thread, cpu().id);
  if (frame) log_backtrace(frame->rip, frame->rbp, StackReader{read_slot_word, &slot});
  {
    CoreGuard guard;
    core.kill_domain(a.domain);
  }
  for (u32 id = 0; id < cpu_count(); ++id) {
    if (id != cpu().id) send_reschedule(id);
  }
  leave_dead_activation();
}

}  // namespace hinge::nucleus
