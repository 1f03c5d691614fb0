// wait4 and waitid: one scan of the children under the tree's lock; if none has something to tell, the caller is put on
// its process' queue under the same lock, which whoever changes a child wakes.
#include "services/linux/process/wait.hpp"

#include "services/linux/core/user_memory.hpp"
#include "services/linux/files/user_path.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/process/usage.hpp"
#include "services/linux/trace/tell.hpp"

namespace hinge::linux_service {

namespace {

struct Found {
  ChildEvent event;
  Usage usage;
  Ref<Process> reaped;  ///< Given back without the lock.
  trace::Told traced;   ///< Likewise.
};

bool matches(Process const& child, Selector s, u32 options) {
  if (s.kind == Selector::process && child.pid != s.id) return false;
  if (s.kind == Selector::group && child.group != s.id) return false;
  bool const is_clone = child.exit_signal != Signal::child;
  return (options & wait_option::all) || is_clone == bool(options & wait_option::clone);
}

void reap(Process& parent, Process& child, Found& found) HINGE_REQUIRES(tree_lock) {
  add_usage(parent.children, found.usage);
  add_usage(parent.children, child.children);
  child.life = Life::reaped;
  set_parent(child, nullptr);
  found.reaped = remove(child);
}

/// What there is to tell of one child; kind none: nothing.
ChildEvent event_of(Process& child, Process const& waiter, u32 options) HINGE_REQUIRES(tree_lock) {
  if (trace::is_traced_by(child, waiter)) options &= ~(wait_option::stopped | wait_option::continued);
  Guard guard{child.lock};
  ChildEvent e{child.pid, child.owner, ChildEvent::none, 0};
  bool const keep = options & wait_option::no_reap;
  if (child.life == Life::zombie) {
    if ((options & wait_option::exited) && !child.held_for_tracer) e.kind = ChildEvent::ended, e.status = child.exit_status;
  } else if (child.stop_unreported && (options & wait_option::stopped)) {
    e.kind = ChildEvent::stopped, e.status = u32(child.stop_signal);
    child.stop_unreported = keep;
  } else if (child.continue_unreported && (options & wait_option::continued)) {
    e.kind = ChildEvent::continued;
    child.continue_unreported = keep;
  }
  return e;
}

/// The event that was found; kind none with no_hang. no_child; or blocked (then `waits` says so).
Attempt<Found> look(Thread& self, Selector selector, u32 options, bool& waits) {
  Process& p = self.process();
  Found found;
  waits = false;
  Guard guard{tree_lock};
  bool any = false;
  for (Process* child = p.first_child; child; child = child->next_sibling) {
    if (!matches(*child, selector, options)) continue;
    any = true;
    found.event = event_of(*child, p, options);
    if (found.event.kind == ChildEvent::none) continue;
    found.usage = usage_of(*child);
    if (found.event.kind == ChildEvent::ended && !(options & wait_option::no_reap)) reap(p, *child, found);
    return found;
  }
  found.traced = trace::look(p, selector, options, any);
  if (found.traced.event.kind != ChildEvent::none) {
    found.event = found.traced.event;
    found.usage = usage_of(*found.traced.process);
    return found;
  }
  if (!any) return fail(Errno::no_child);
  if (options & wait_option::no_hang) return found;
  ATTEMPT(p.child_changed.enqueue(self));
  waits = true;
  return found;
}

}  // namespace

Value sys_wait4(Thread& self, Args const& a) {
  using namespace wait_option;
  u32 const options = a.word(2);
  if (options & ~(no_hang | stopped | continued | no_thread | all | clone)) return Errno::invalid;
  if (a.integer(0) == INT32_MIN) return Errno::no_process;
  bool waits;
  Found const found = ATTEMPT(look(self, selector_of(a.integer(0), group_of(self.process())), options | exited, waits));
  if (waits) return self.block();
  if (found.event.kind == ChildEvent::none) return 0;
  if (a[1]) ATTEMPT(copy_to_user(self, a.address(1), wait_status(found.event)));
  if (a[3]) ATTEMPT(copy_usage_to_user(self, a.address(3), found.usage));
  return found.event.pid;
}

Value sys_waitid(Thread& self, Args const& a) {
  using namespace wait_option;
  enum IdType : i32 { any, process, group, descriptor };
  u32 const options = a.word(3);
  if (options & ~(no_hang | no_reap | exited | stopped | continued | no_thread | all | clone)) return Errno::invalid;
  if (!(options & (exited | stopped | continued))) return Errno::invalid;
  Selector selector;
  Ref<File> pidfd;
  switch (a.integer(0)) {
    case any: break;
    case process:
      if (a.integer(1) <= 0) return Errno::invalid;
      selector = {Selector::process, a.integer(1)};
      break;
    case group:
      if (a.integer(1) < 0) return Errno::invalid;
      selector = {Selector::group, a.integer(1) ? a.integer(1) : group_of(self.process())};
      break;
    case descriptor:
      if (a.integer(1) < 0) return Errno::invalid;
      pidfd = ATTEMPT(file_at(self, a.integer(1)));
      if (!pidfd->process()) return Errno::bad_descriptor;
      selector = {Selector::process, pidfd->process()->pid};
      break;
    default: return Errno::invalid;
  }
  bool waits;
  bool const at_once = pidfd && pidfd->nonblocking();
  Found const found = ATTEMPT(look(self, selector, options | (at_once ? no_hang : 0), waits));
  if (waits) return self.block();
  if (at_once && !(options & no_hang) && found.event.kind == ChildEvent::none) return Errno::again;
  if (a[4]) ATTEMPT(copy_usage_to_user(self, a.address(4), found.usage));
  if (!a[2]) return 0;
  SignalInfo info;
  if (found.event.kind != ChildEvent::none) {
    ChildCode const told = child_code(found.event);
    info = {.signal = i32(Signal::child), .code = told.code};
    info.fields.child = {found.event.pid, found.event.uid, told.status, 0, 0, 0};
  }
  return copy_to_user(self, a.address(2), info);
}

}  // namespace hinge::linux_service
