#include "services/linux/proc/view.hpp"

#include <cstring>

#include "services/linux/process/tree.hpp"

namespace hinge::linux_service::proc {

using generated::Subject;

Attempt<Ref<Process>> process_of(Subject const& of) {
  Ref<Process> process = find_process(of.process);
  if (!process) return fail(Errno::no_process);
  return process;
}

namespace {

char state_of(Life life, Thread* thread, u32& cpu) {
  if (life == Life::zombie || life == Life::reaped || !thread) return 'Z';
  if (life == Life::stopped) return 'T';
  host::ThreadInfo info{};
  if (!host::thread_info(thread->handle, &info)) return 'S';
  cpu = info.cpu;
  // For a disk, or a lock, or to get in at all: nothing that a signal would end.
  if (info.state == 3) return 'D';
  return info.state == 0 ? 'R' : 'S';
}

void read_threads(ProcessView& v, Process& p, i32 tid) {
  Guard guard{p.lock};
  Thread* thread = p.threads;
  while (tid && thread && thread->tid != tid) thread = thread->next_in_process;
  v.state = state_of(p.life, thread, v.cpu);
  v.threads = p.thread_count;
  v.exit_status = p.exit_status;
  v.shared_pending = p.pending.set();
  v.queued_signals = p.pending.queued();
  if (!thread) {
    std::memcpy(v.name, p.last_name, sizeof v.name);
    return;
  }
  std::memcpy(v.name, thread->name, sizeof v.name);
  v.credentials = thread->credentials;
  v.nice = thread->nice;
  v.policy = u32(thread->policy);
  v.real_time_priority = thread->real_time_priority;
  v.pending = thread->pending.set();
  v.blocked = thread->blocked;
}

void read_family(ProcessView& v, Process& p) {
  Guard guard{tree_lock};
  v.parent = p.parent ? p.parent->pid : 0;
  v.group = p.group;
  if (trace::Tracee const* const t = p.traced_as; t && t->tracer) {
    v.tracer = t->tracer->pid;
    if (t->state == trace::Tracing::stopped || t->state == trace::Tracing::listens) v.state = 't';
  }
  if (!p.session) return;
  v.session = p.session->id;
  if (!p.session->terminal) return;
  v.terminal = p.session->terminal->device_number();
  v.foreground = p.session->terminal->foreground_group();
}

void read_actions(ProcessView& v, Process& p) {
  Ref<SignalHandlers> handlers;
  {
    Guard guard{p.lock};
    handlers = p.handlers;
  }
  for (u32 n = 1; handlers && n <= signal_count; ++n) {
    u64 const handler = handlers->get(Signal(n)).handler;
    if (handler == signal_action::ignore) v.ignored.add(Signal(n));
    else if (handler != signal_action::default_action) v.caught.add(Signal(n));
  }
}

}  // namespace

Attempt<ProcessView> ProcessView::of(Subject const& subject) {
  ProcessView v;
  v.process = ATTEMPT(process_of(subject));
  Process& p = *v.process;
  v.id = subject.thread ? subject.thread : p.pid;
  v.start_ns = p.start_ns;
  if (subject.thread) {
    Ref<Thread> const thread = find_thread(subject.thread);
    if (!thread) return fail(Errno::no_process);
    v.usage = usage_of(*thread);
  } else {
    v.usage = usage_of(p);
  }
  v.children = usage_of_children(p);
  read_threads(v, p, subject.thread);
  read_family(v, p);
  read_actions(v, p);
  return v;
}

MemoryView MemoryView::of(AddressSpace& space) {
  MemoryView m;
  RegionInfo r{};
  ProgramLayout const& program = space.program;
  for (u64 at = 0; host::space_query(space.handle, at, &r, Resident::of_region); at = r.end) {
    u64 const bytes = r.end - r.begin, resident = r.resident * page_bytes;
    m.total += bytes;
    m.resident += resident;
    if (r.object) m.shared_resident += resident;
    bool const shared = r.flags & u32(MapFlag::shared);
    if (program.stack_top > r.begin && program.stack_top <= r.end) m.stack += bytes;
    else if (!has(r.protection, Protection::execute)) m.data += has(r.protection, Protection::write) && !shared ? bytes : 0;
    else (r.begin < program.code_end && r.end > program.code_begin ? m.code : m.library) += bytes;
  }
  return m;
}

void append_octal(Text& to, u64 number, u32 digits) {
  char text[22];
  usize begin = sizeof text;
  do text[--begin] = char('0' + (number & 7));
  while ((number >>= 3) != 0);
  while (sizeof text - begin < digits) text[--begin] = '0';
  to.append({text + begin, sizeof text - begin});
}

}  // namespace hinge::linux_service::proc
