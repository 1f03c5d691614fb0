// Context switches and CPU idling. What belongs to a context: kernel stack, current activation (page tables, entry
// points), segment bases, floating-point state. Segment bases are the program's only while its base activation is
// current; around user-side services they are parked in the Thread (call/call_user.cpp).
#include "nucleus/sched/sched.hpp"

#include "nucleus/arch/x86_64/apic.hpp"
#include "nucleus/arch/x86_64/features.hpp"
#include "nucleus/arch/x86_64/fpu.hpp"
#include "nucleus/arch/x86_64/trap.hpp"
#include "nucleus/call/hang.hpp"
#include "nucleus/call/machine.hpp"
#include "nucleus/hooks.hpp"
#include "nucleus/time/clock.hpp"

namespace hinge::nucleus {

constinit Core core;
constinit CoreLock core_lock;

extern "C" {
void switch_stacks(u64* save, u64 load);
void context_begin();
void linux_syscall_target();
void native_syscall_target();
void native_syscall_fast();
void finish_switch() HINGE_RELEASE(core_lock);
}

namespace {

/// CR0.TS says whether ring 3 may touch floating-point registers now.
void allow_floating(bool yes) {
  if (cpu().task_switched != yes) return;
  cpu().task_switched = !yes;
  set_task_switched(!yes);
}

/// What each CPU keeps for itself, in cache lines of its own.
struct alignas(64) Own {
  /// The thread that the last switch on this CPU has left for good, or with its chain to be cut: not before its stack is left.
  Thread* left = nullptr;
  /// The space whose lower half this CPU may have in its TLB: kept alive until another one takes its place.
  mm::Space* loaded = nullptr;
  /// Spaces without references. To dispose of one takes time with its size, and not under the core lock.
  mm::Space* unneeded = nullptr;
};
constinit Own own[max_cpus] = {};

bool to_be_cut(Thread const& t) { return t.flags.load(std::memory_order_relaxed) & flag_cut; }

void reap() HINGE_REQUIRES(core_lock) {
  Thread* const t = std::exchange(own[cpu().id].left, nullptr);
  if (!t) return;
  if (t->state != ThreadState::ended) return core.settle(*t, now_ns());
  note_end(*t);
  core.end_thread(*t);
}

/// Loads the activation's root. A CPU stays in its space's shootdown mask while it is in a domain without a lower half.
void load_root(Activation const& a) {
  Cpu& self = whole_cpu();
  auto* const space = static_cast<mm::Space*>(core.threads.at(a.thread).space);
  mm::Space*& loaded = own[self.id].loaded;
  mm::Space* const before = loaded;
  bool const enters = a.lower_half && space != before;
  if (enters) {
    space->retain();
    space->enter_cpu(self.id);
    loaded = space;
  }
  self.root = a.root;
  write_cr3(a.root);
  if (enters && before) {
    before->leave_cpu(self.id);
    let_go(*before);
  }
}

void save_program_state(Thread& t) {
  allow_floating(true);
  fpu_save(t.floating);
  if (t.activation != t.base) return;
  t.fs_base = read_user_fs_base();
  t.gs_base = read_user_gs_base();
}

void restore_program_state(Thread& t) {
  allow_floating(true);
  fpu_restore(t.floating);
  if (t.activation != t.base) return;
  write_user_fs_base(t.fs_base);
  write_user_gs_base(t.gs_base);
}

}  // namespace

void let_go(mm::Space& space) {
  if (!space.drop()) return;
  space.next_unneeded = own[cpu().id].unneeded;
  own[cpu().id].unneeded = &space;
  cpu().leftovers = true;
}

void leave_space() {
  if (cpu().root != memory.roots.master().raw()) return;
  if (mm::Space* const space = std::exchange(own[cpu().id].loaded, nullptr)) {
    space->leave_cpu(cpu().id);
    let_go(*space);
  }
}

void dispose_unneeded() {
  while (mm::Space* const space = own[cpu().id].unneeded) {
    own[cpu().id].unneeded = space->next_unneeded;
    space->dispose();
  }
}

void arm_earlier(u64 deadline_ns) {
  if (deadline_ns < cpu().timer_deadline_ns) arm_timer(deadline_ns);
}

void use_activation(Activation& a) {
  Cpu& self = whole_cpu();
  self.activation = &a;
  self.tss.set_rsp0(a.kernel_stack);
  if (a.root && self.root != a.root) {
    load_root(a);
    ++core.slots[a.slot].counters[self.id].switches;
  }
  // The fast path knows no deadlines: what is called from here inherits this one's.
  auto const native = features().fsgsbase && a.deadline_ns == no_deadline ? &native_syscall_fast : &native_syscall_target;
  self.syscall_target = reinterpret_cast<void*>(a.floating ? &linux_syscall_target : native);
  allow_floating(a.floating);
  if (a.floating) return;
  write_user_fs_base(0);  // what another activation left there is not for this one to see
  write_user_gs_base(0);
}

void refresh_pending() {
  Thread const& t = current();
  u32 const flags = t.flags.load(std::memory_order_relaxed) & ~u32{flag_cancel};
  u32 const bits = flags || current_activation().dead ? pending_thread : 0;
  cpu().pending = (cpu().pending & ~pending_thread) | bits;
}

void note_activation() { current().activation = current_activation().index; }

void switch_away() {
  Thread& previous = current();
  note_activation();
  Thread* next = core.pick(cpu().id);
  if (!next) next = static_cast<Thread*>(cpu().local);  // this CPU's idle thread
  if (next == &previous) {
    next->state = ThreadState::running;
    return;
  }
  u64 const now = now_ns();
  charge(previous, now);
  next->entered_ns = now;
  next->slice_end_ns = now + slice_ns;
  if (runs_programs(previous) && previous.state != ThreadState::ended) save_program_state(previous);
  next->state = ThreadState::running;
  next->cpu = cpu().id;
  ++next->switches;
  cpu().thread = next;
  core.processors[cpu().id] = {.running = next, .idle = next == cpu().local};
  use_activation(core.activations.at(next->activation));
  if (runs_programs(*next)) {
    restore_program_state(*next);
    allow_floating(current_activation().floating);
  }
  refresh_pending();
  watch_budget(*next, now);
  if (core.better_waits(cpu().id, next->priority)) arm_earlier(next->slice_end_ns);
  if (runs_programs(*next)) arm_earlier(next_tick(now));
  if (previous.state == ThreadState::ended || to_be_cut(previous)) own[cpu().id].left = &previous;
  switch_stacks(&previous.rsp, next->rsp);
  reap();
}

/// The first thing a fresh context does; the others find the lock held where they called switch_away.
void finish_switch() {
  reap();
  core_lock.unlock();
}

void yield_now() {
  core_lock.lock();
  if (core.better_waits(cpu().id, current().priority) || Core::must_leave(current())) {
    core.make_ready(current());
    switch_away();
  }
  core_lock.unlock();
}

void reschedule_if_pending() {
  if (fuzzing) [[unlikely]] fuzz_exit();
  if (!(cpu().pending & pending_reschedule)) return;
  cpu().pending &= ~pending_reschedule;
  if (&current() == cpu().local) return;
  yield_now();
}

void prepare_context(Thread& thread, void (*function)(void*), void* argument) {
  // A program's user frame lies at the top, and its personality sets it while `function` runs below.
  u64 const user_frame = thread.space ? sizeof(TrapFrame) : 0;
  prepare_context(thread, reinterpret_cast<u64*>(core.activations.at(thread.base).kernel_stack - user_frame), function, argument);
}

void prepare_context(Thread& thread, u64* top, void (*function)(void*), void* argument) {
  // What switch_stacks pops: r15 r14 r13 r12 rbx rbp, then the return address. One word keeps the stack aligned.
  u64 const frame[] = {0, 0, 0, reinterpret_cast<u64>(argument), reinterpret_cast<u64>(function), 0,
                       reinterpret_cast<u64>(&context_begin), 0};
  constexpr usize words = sizeof frame / 8;
  for (usize i = 0; i < words; ++i) top[i - words] = frame[i];
  thread.rsp = reinterpret_cast<u64>(top - words);
}

void exit_current() {
  dispose_unneeded();
  core_lock.lock();
  current().state = ThreadState::ended;
  switch_away();  // whoever comes next on this CPU frees it: its stack is in use until then
  __builtin_unreachable();
}

void idle_loop() {
  for (;;) {
    core_lock.lock();
    cpu().pending = 0;
    switch_away();
    core_lock.unlock();
    dispose_unneeded();
    wait_for_interrupt();
  }
}

void note_ready() {
  Thread const& t = current();
  if (core.better_waits(cpu().id, t.priority + 1) || Core::must_leave(t) || &t == cpu().local) {
    cpu().pending |= pending_reschedule;
  } else {
    arm_earlier(t.slice_end_ns);
  }
}

void on_timer(bool in_user) {
  core_lock.lock();
  u64 const now = now_ns();
  arm_earlier(core.expire(now));
  Thread& t = current();
  charge(t, now);
  watch_budget(t, now);
  if (runs_programs(t)) {
    sample(t, in_user && !current_activation().portal, now);
    arm_earlier(next_tick(now));
  }
  if (&t != cpu().local && core.better_waits(cpu().id, t.priority)) {
    if (now >= t.slice_end_ns) {
      cpu().pending |= pending_reschedule;
    } else {
      arm_earlier(t.slice_end_ns);
    }
  }
  refresh_pending();
  if (fuzzing) [[unlikely]] fuzz_timer(now);
  core_lock.unlock();
  if (cpu().id == 0) arm_earlier(look_for_hangs(now));
}

void on_reschedule_ipi() {
  core_lock.lock();
  if (fuzzing) cpu().pending |= pending_reschedule;
  core.donate(cpu().id);
  note_ready();
  watch_budget(current(), now_ns());
  refresh_pending();
  core_lock.unlock();
}

}  // namespace hinge::nucleus
