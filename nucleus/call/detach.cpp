// The machine's part of a cut (core/orphans.cpp): whose the kernel contexts are afterwards. The contexts of the part below
// stay on the kernel stacks of its activations, now the orphan's; the part above goes on where it had left its own.
#include "nucleus/call/detach.hpp"

#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/arch/x86_64/fpu.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/call/call_user.hpp"
#include "nucleus/call/machine.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {

extern "C" [[noreturn]] void resume_kernel(u64 rsp, u64 status);

namespace {

/// Not a stack pointer: the activation was entered by nobody any more.
constexpr u64 orphaned = ~u64{0};

/// Where the part above goes on, on the kernel stack it had called from. `back`: what enter_user saved, or null where the
/// fast path had entered the callee.
void resume_above(void* back) {
  Activation& here = current_activation();
  if (here.dead) leave_dead_activation();
  Error const why = current().wake_reason;
  if (back) resume_kernel(reinterpret_cast<u64>(back), u64(why) | detached_call);
  return_to_ring3(here, u64(why), {});
}

/// The orphan runs here: it takes the place of its origin on this CPU.
void take_over_cpu(Thread& above, Thread& orphan, Activation& callee) HINGE_REQUIRES(core_lock) {
  u64 const now = now_ns();
  if (above.space) {
    set_task_switched(false);
    fpu_save(above.floating);
    set_task_switched(!current_activation().floating);
  }
  charge(above, now);
  orphan.entered_ns = now;
  orphan.slice_end_ns = above.slice_end_ns;
  cpu().thread = &orphan;
  if (&callee == &current_activation()) use_activation(callee);
}

}  // namespace

void detached(Thread& above, Thread& orphan, Activation& callee) {
  u64 const back = callee.caller_rsp;
  u64 const top = back ? back : core.activations.at(above.activation).kernel_stack - sizeof(Resume);
  orphan.rsp = above.rsp;
  prepare_context(above, reinterpret_cast<u64*>(top), resume_above, reinterpret_cast<void*>(back));
  callee.caller_rsp = orphaned;
  callee.reply = callee.long_words = nullptr;
  if (callee.lower_half) {  // the view of a process is the process' call's
    callee.lower_half = false;
    callee.root = core.domains[callee.domain].root;
  }
  if (above.state == ThreadState::running) take_over_cpu(above, orphan, callee);
}

void end_orphan(Activation& a) {
  Portal& portal = core.portals.at(a.portal);
  core.leave(a);
  a.caller_rsp = 0;
  use_activation(core.activations.at(current().base));
  // As in resume_ring3: to this CPU's pool, since its stack is in use until another thread runs here.
  core.give(portal, a, cpu().id);
  if (portal.waiting) send_reschedule(cpu().id);
  exit_current();
}

void settle_current() {
  note_activation();
  CoreGuard guard;
  core.settle_running(current(), now_ns());
}

void end_domain(u32 domain, Slot::Ending ending) {
  constexpr u32 steps = 256;
  ending.at = read_tsc();
  {
    CoreGuard guard;
    if (core.domains[domain].dead) return;
    core.kill_domain(domain, ending);
  }
  // Whoever had found it open is inside when all CPUs have answered.
  memory.tlb.rendezvous();
  // Before its death is told: whoever restarts a driver must not find its device silenced after that.
  for (Slot const& s : core.slots)
    if (s.live && s.domain == domain) memory.dma.silence(s.index);
  u32 cursor = 0;
  for (bool done = false; !done;) {
    CoreGuard guard;
    done = core.bury(domain, cursor, steps, now_ns());
  }
  for (u32 id = 0; id < cpu_count(); ++id) {
    if (id != cpu().id) send_reschedule(id);
  }
  refresh_pending();
}

}  // namespace hinge::nucleus
