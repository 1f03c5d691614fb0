// The way of a Linux system call where it is not straight (linux_path.cpp): the personality does not admit, or has no
// activation ready; the thread waits; registers change; flags are served. And the requests that no program made: faults,
// interruptions, first entries.
#include "nucleus/call/linux.hpp"

#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/arch/x86_64/instructions.hpp"
#include "nucleus/call/call_user.hpp"
#include "nucleus/call/detach.hpp"
#include "nucleus/call/machine.hpp"
#include "nucleus/call/native.hpp"
#include "nucleus/debug/log.hpp"
#include "nucleus/hooks.hpp"

namespace hinge::nucleus {

using linux_entry::Action;
using linux_entry::Answer;
using linux_entry::Pseudo;

extern "C" Answer personality_by_message(void* cookie, u64 number, u64 const* arguments);

TrapFrame& user_frame(Thread& thread) {
  return reinterpret_cast<TrapFrame*>(core.activations.at(thread.base).kernel_stack)[-1];
}

TrapFrame& whole_user_frame(Thread& thread) {
  TrapFrame& f = user_frame(thread);
  if (thread.whole_frame == (thread.sequence | 1)) return f;
  thread.whole_frame = thread.sequence | 1;
  f.rcx = f.rip;
  f.r11 = f.rflags;
  f.original_rax = f.rax;
  f.vector_error = 0;
  f.cs = user_cs;
  f.ss = user_ss;
  return f;
}

Result<u64> view_root(Slot const& personality) {
  return TRY(static_cast<mm::Space*>(current().space)->service_view(domain_root(personality.domain))).raw();
}

Answer way_closed(void*, u64, u64 const*) { return {0, action_closed}; }

u64 way_in(Portal const& p) {
  Slot const& slot = *p.home;
  if (p.kind != PortalKind::caller_view || !p.admits || slot.state != SlotState::running) return reinterpret_cast<u64>(way_closed);
  return slot.side == Placement::kernel ? slot.linux_handle : reinterpret_cast<u64>(personality_by_message);
}

namespace {

/// The way in was closed: returns when it is worth another try. peer_died when the personality is gone.
Result<> make_way(Thread& t) {
  Portal& portal = *t.entrance;
  if (portal.home->side == Placement::kernel) {
    Error const e = await_admission(portal, portal.id(), no_deadline);
    return e == Error::none ? Result<>{ok} : fail(e);
  }
  // What is taken here is there for the next try, unless somebody waits for it: then that one is served first. The slot
  // does not move before it is given back, so that the view is the one of now.
  auto const taken = acquire(portal, portal.id());
  if (!taken) return taken.error() == Error::not_present ? Result<>{ok} : fail(taken.error());
  auto const view = view_root(*portal.home);
  t.view = view.value_or(0);
  core.leave(**taken);
  hand_back(portal, **taken);
  return view ? Result<>{ok} : fail(view.error());
}

/// One issue of the request. The thread's sequence is odd when it returns.
Answer issue(Thread& t, u64 number, u64 const* arguments) {
  for (;;) {
    ++t.sequence;
    ++cpu().program_calls;
    auto const handle = reinterpret_cast<linux_entry::Handle>(way_in(*t.entrance));
    enable_interrupts();
    Answer const answer = handle(reinterpret_cast<void*>(t.cookie), number, arguments);
    disable_interrupts();
    if (answer.action != action_closed) return answer;
    --t.sequence;
    --cpu().program_calls;
    if (auto const way = make_way(t); !way) {
      ++t.sequence;
      return {u64(way.error()), action_no_answer};
    }
  }
}

/// Parks until the event fires. The reason for the next issue.
Result<Reason> wait_for(Thread& t, linux_entry::Wait const& wait) {
  CoreGuard guard;
  Context const personality{t.entrance->home->domain};  // Under the lock: it is out already, and the slot may turn.
  Capability const* const c = TRY(personality.find(wait.event, Kind::event, Right::wait));
  Event& event = core.events.at(u32(c->object));
  if (t.flags.load(std::memory_order_relaxed) & flag_end) return Reason::cancelled;
  if (!core.park(t, event, wait.seen, wait.deadline_ns)) return Reason::woken;
  switch_away();
  return t.wake_reason == Error::timed_out ? Reason::timed_out : Reason::woken;
}

/// Does what the personality answered, and issues again as often as it blocks. May end the thread. True when the
/// registers must be taken back whole (IRETQ).
bool obey(Thread& t, u64 number, u64 const* arguments, Answer answer, bool system_call) {
  for (;;) {
    // What it waits for lies in the personality's memory: read before it is out, since from then on the slot may turn.
    linux_entry::Wait wait{};
    if (answer.action == Action::block) wait = *reinterpret_cast<linux_entry::Wait const*>(answer.value);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    t.sequence += answer.action == Action::block ? -1 : 1;  // even: it is out; the same again when it is issued again
    switch (answer.action) {
      case Action::resume:
      case Action::keep:
        if (system_call && answer.action == Action::resume) user_frame(t).rax = answer.value;
        return answer.action == Action::keep;
      case Action::block:
        if (auto const reason = wait_for(t, wait)) {
          answer = issue(t, number | u64(*reason) << linux_entry::reason_shift, arguments);
          continue;
        }
        break;
      case Action::end: exit_current();
      case action_no_answer:
        log("thread {} ends: its personality does not answer ({})", t.index, to_string(Error(answer.value)));
        exit_current();
    }
    log("thread {} ends: its personality gave an answer that makes no sense", t.index);
    exit_current();
  }
}

}  // namespace

void bring(Thread& t, Pseudo what, u64 const* arguments) {
  t.whole_frame = t.sequence | 1;
  obey(t, u64(what), arguments, issue(t, u64(what), arguments), false);
}

/// After the straight way in: `merged` is the action and what is pending.
extern "C" [[gnu::used]] u32 linux_answered(u64 value, u64 merged, TrapFrame& f) {
  Thread& t = current();
  u64 const number = u32(whole_user_frame(t).original_rax);
  Answer answer{value, Action(merged & ~u64{0xff})};
  if (answer.action == action_closed) {
    --t.sequence;
    --cpu().program_calls;
    answer = issue(t, number, &f.rdi);
  }
  bool const whole = obey(t, number, &f.rdi, answer, true);
  finish_releases();
  if (fuzzing) [[unlikely]] fuzz_exit();
  if (whole) return 1;
  // Serving what is pending may deliver a signal, which changes registers that SYSRET would not take back.
  u32 slow = 0;
  while (cpu().pending) {
    slow = 1;
    before_user(f);
  }
  return slow;
}

/// The end of a call by personality_by_message, unless the straight way has ended it.
extern "C" [[gnu::used]] Answer finish_by_message(u64 outcome) {
  Thread& t = current();
  if (!(outcome & detached_call)) {
    Activation& a = current_activation();
    Portal& portal = *a.entrance;
    core.leave(a);
    a.caller_rsp = 0;
    use_activation(core.activations.at(t.base));
    write_user_fs_base(t.fs_base);
    write_user_gs_base(t.gs_base);
    hand_back(portal, a);
  }
  refresh_pending();
  if (Error const e = Error(u8(outcome)); e != Error::none) return {u64(e), action_no_answer};
  Action const action{t.reply[0]};
  if (action == Action::block) return {reinterpret_cast<u64>(&t.reply[1]), action};
  return {t.reply[6], u64(action) <= u64(Action::end) && u64(action) % 0x100 == 0 ? action : Action{0xff00}};
}
static_assert(offsetof(linux_entry::Wait, seen) == 8 && offsetof(linux_entry::Wait, deadline_ns) == 16, "words 1 to 3 of a reply");

void serve_thread_flags(Thread& t) {
  u32 const flags = t.flags.load(std::memory_order_relaxed);
  if (flags & flag_end) exit_current();
  if (flags & (flag_budget | flag_lent)) pay_debts();
  if (flags & flag_interrupt) {
    t.flags.fetch_and(~u32{flag_interrupt}, std::memory_order_relaxed);
    u64 const none[6] = {};
    bring(t, Pseudo::interrupt, none);
  }
}

void run_program(void* argument) {
  Thread& t = *static_cast<Thread*>(argument);
  u64 const none[6] = {};
  bring(t, Pseudo::start, none);
  // The stack holds nothing below the user frame any more.
  asm volatile("mov %0, %%rsp; jmp trap_return" : : "r"(&user_frame(t)) : "memory");
  __builtin_unreachable();
}

}  // namespace hinge::nucleus
