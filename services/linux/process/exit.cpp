// How threads and processes end. A thread first does what needs its memory (robust futexes, clear_child_tid), then leaves
// its process; the last one gives back what the process had, hands its children on, and leaves a zombie for its parent.
#include "services/linux/process/exit.hpp"

#include <cstring>

#include "host/log.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/for_process.hpp"
#include "services/linux/files/fs_context.hpp"
#include "services/linux/ipc/objects.hpp"
#include "services/linux/process/exec_image.hpp"
#include "services/linux/process/futex.hpp"
#include "services/linux/process/system.hpp"
#include "services/linux/process/usage.hpp"
#include "services/linux/signal/notify.hpp"
#include "services/linux/time/timers.hpp"
#include "services/linux/trace/stops.hpp"
#include "services/linux/trace/tell.hpp"

namespace hinge::linux_service {

void end_group(Process& process, u32 status) {
  if (process.life >= Life::ending) return;
  process.life = Life::ending;
  process.exit_status = status;
  for (Thread* t = process.threads; t; t = t->next_in_process) {
    t->attention.fetch_or(attention::end, std::memory_order_acq_rel);
    t->interrupt();
  }
  process.resumed.wake_all();
}

namespace {

/// What other users of this memory wait for.
void say_goodbye(Thread& self) {
  if (!self.process().space) return;
  release_robust_list(self);
  if (!self.clear_child_tid) return;
  UserAddr const word{self.clear_child_tid};
  self.clear_child_tid = 0;
  if (copy_to_user(self, word, i32{0})) (void)futex_wake(self, word, 1, ~u32{0});
}

/// True for the last one.
bool leave_process(Thread& self) {
  Process& p = self.process();
  Usage const usage = usage_of(self);
  Guard guard{p.lock};
  Thread** at = &p.threads;
  while (*at && *at != &self) at = &(*at)->next_in_process;
  if (*at) {
    *at = self.next_in_process;
    p.thread_count.fetch_sub(1, std::memory_order_relaxed);
    add_usage(p.gone_threads, usage);
  }
  bool const last = !p.threads;
  if (last) {
    p.life = Life::ending;
    std::memcpy(p.last_name, self.name, sizeof p.last_name);
  } else {
    retarget(p, nullptr);
  }
  return last;
}

void give_back_files(Thread& self, Process& p) {
  if (p.descriptors) {
    files::process_ends(p);
    ipc::process_ends(p);
    if (p.descriptors->references() == 1) p.descriptors->close_all(self);
  }
  Ref<Descriptors> descriptors;
  Ref<FsContext> fs;
  {
    Guard guard{p.lock};  // Readers of /proc take their references under it.
    std::swap(descriptors, p.descriptors);
    std::swap(fs, p.fs);
  }
}

bool has_stopped_member(i32 group) HINGE_REQUIRES(tree_lock) {
  for (Process* p = first_process; p; p = p->next)
    if (p->group == group && p->life.load(std::memory_order_relaxed) == Life::stopped) return true;
  return false;
}

/// Whether `child`, below `parent`, was a reason why its group was no orphan.
bool held_group(Process const& child, Process const* parent) HINGE_REQUIRES(tree_lock) {
  return parent && parent->group != child.group && parent->session == child.session;
}

/// POSIX: a stopped group that nobody in its session can continue any more is told so, when that becomes true.
void hang_up_if_orphaned(i32 group, Process* but) HINGE_REQUIRES(tree_lock) {
  if (!has_stopped_member(group) || !is_orphaned_group_locked(group, but)) return;
  for (Signal s : {Signal::hangup, Signal::resume})
    for (Process* p = first_process; p; p = p->next)
      if (p->group == group && p != but) (void)send_only(*p, nullptr, from_kernel(s));
}

/// Whether the parent never wants to hear of it: the child then leaves no zombie.
bool is_disowned(Process& child) HINGE_REQUIRES(tree_lock) {
  if (!child.parent) return true;
  if (child.exit_signal != Signal::child) return false;
  SignalAction const a = child.parent->handlers->get(Signal::child);
  return a.handler == signal_action::ignore || (a.flags & signal_action::no_child_wait);
}

}  // namespace

Ref<Process> report_death(Process& child) {
  u32 status;
  {
    Guard guard{child.lock};
    status = child.exit_status;
  }
  bool const killed = status & 0x7f;
  SignalInfo info = child_info(child, killed ? signal_code::child_killed : signal_code::child_exited,
                               killed ? i32(status & 0x7f) : i32(status >> 8));
  info.signal = i32(child.exit_signal);
  bool const disowned = is_disowned(child);
  if (child.parent) {
    if (child.exit_signal != Signal::none) (void)send_only(*child.parent, nullptr, info);
    child.parent->child_changed.wake_all();
  }
  if (!disowned) return nullptr;
  child.life = Life::reaped;
  set_parent(child, nullptr);
  return remove(child);
}

namespace {

Process* reaper_for(Process& p) HINGE_REQUIRES(tree_lock) {
  for (Process* up = p.parent; up; up = up->parent)
    if (up->subreaper && up->life.load(std::memory_order_relaxed) < Life::ending) return up;
  return process_by_pid(1);
}

/// Children get another parent; those that are dead already are reported to it.
void hand_on_children(Process& p) HINGE_REQUIRES(tree_lock) {
  Process* const reaper = reaper_for(p);
  while (Process* const child = p.first_child) {
    set_parent(*child, reaper == &p ? nullptr : reaper);
    child->exit_signal = Signal::child;
    if (u32 const s = child->parent_death_signal) (void)send_only(*child, nullptr, from_kernel(Signal(u8(s))));
    if (child->life.load(std::memory_order_relaxed) == Life::zombie && !child->held_for_tracer) (void)report_death(*child);
    if (held_group(*child, &p)) hang_up_if_orphaned(child->group, nullptr);
  }
}

void end_process(Thread& self) {
  Process& p = self.process();
  if (p.pid == 1) first_process_ended(p);
  remove_timers(p);
  trace::tracer_ended(p);
  give_back_files(self, p);
  Ref<AddressSpace> space;
  // Of memory that is the parent's still (vfork) the parent tells.
  u64 const resident = p.space && p.memory_is_own.load(std::memory_order_relaxed) ? p.space->resident_bytes() : 0;
  {
    Guard guard{p.lock};
    std::swap(space, p.space);
    add_usage(p.gone_threads, {.peak_resident_bytes = resident});
  }
  space = nullptr;
  release_vfork_parent(p);

  Ref<Session> const session = session_of(p);
  if (session && session->id == p.pid) {
    ControllingTerminal* terminal;
    {
      Guard guard{tree_lock};
      terminal = session->terminal;
    }
    if (terminal) terminal->session_ended(*session);
  }
  Ref<Process> gone;
  {
    Guard guard{tree_lock};
    hand_on_children(p);
    if (held_group(p, p.parent)) hang_up_if_orphaned(p.group, &p);
    p.life = Life::zombie;
    p.end_source.notify(ready::readable);
    if (!trace::held_for_tracer(p)) gone = report_death(p);
  }
}

}  // namespace

void release_vfork_parent(Process& p) {
  if (p.memory_is_own.exchange(true, std::memory_order_acq_rel)) return;
  p.memory_left.wake_all();
}

Value end_thread(Thread& self) {
  Process& p = self.process();
  self.leave_all();
  self.vfork_child = nullptr;
  self.exec = nullptr;
  say_goodbye(self);
  if (trace::is_traced(self)) trace::thread_ended(self);
  if (leave_process(self)) end_process(self);
  else p.thread_left.wake_all();
  return Value::end();
}

void leave_for_good(Thread& self) {
  Ref<Thread> last;  // Given back after the lock: it may be what keeps the process.
  {
    Guard guard{tree_lock};
    last = remove(self);
  }
}

}  // namespace hinge::linux_service
