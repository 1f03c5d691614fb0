// Making threads and processes. A new thread object is put together while nobody else knows it; it becomes known under
// the tree's lock, and runs as the last step. What fails before leaves nothing behind but dropped references.
#include "services/linux/process/clone.hpp"

#include "host/log.hpp"
#include "services/linux/core/machine.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/events/process_file.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/for_process.hpp"
#include "services/linux/files/fs_context.hpp"
#include "services/linux/process/exec_image.hpp"
#include "services/linux/process/schedule.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/time/clock.hpp"
#include "services/linux/time/timers.hpp"
#include "services/linux/trace/stops.hpp"
#include "services/linux/trace/tell.hpp"

namespace hinge::linux_service {

namespace {

/// The system's own limit holds for everybody; RLIMIT_NPROC for who may not exceed resources.
Attempt<> check_count(Thread& self) {
  Credentials const& c = *self.credentials;
  if (thread_count() >= machine().most_processes) return fail(Errno::again);
  if (c.uid == 0 || c.has(Capability::sys_resource) || c.has(Capability::sys_admin)) return ok;
  if (threads_of_user(c.uid) >= self.process().limit(Resource::processes)) return fail(Errno::again);
  return ok;
}

Attempt<Ref<Process>> make_process(Thread& self, CloneRequest const& request) {
  using namespace clone_flag;
  Process& parent = self.process();
  Ref<Process> child = host::make_ref<Process>();
  if (!child) return fail(Errno::no_memory);
  child->badness_adjustment.store(parent.badness_adjustment.load(std::memory_order_relaxed), std::memory_order_relaxed);
  child->space = request.flags & same_memory ? parent.space : ATTEMPT(parent.space->clone());
  child->handlers = request.flags & same_handlers ? parent.handlers : parent.handlers->copy();
  child->descriptors = request.flags & same_files ? parent.descriptors : files::copy_descriptors(*parent.descriptors);
  child->fs = request.flags & same_fs ? parent.fs : files::copy_context(*parent.fs);
  if (!child->handlers || !child->descriptors || !child->fs) return fail(Errno::no_memory);
  if (request.flags & clear_handlers) child->handlers->reset_for_exec();
  child->start_with(parent.all_limits());
  child->exit_signal = request.exit_signal;
  child->memory_is_own = !(request.flags & vfork);
  child->start_ns = now_ns();
  child->owner.store(self.credentials->uid, std::memory_order_relaxed);
  child->dumpable.store(parent.dumpable.load(std::memory_order_relaxed), std::memory_order_relaxed);
  return child;
}

Attempt<Ref<Thread>> make_thread(Thread& self, Ref<Process> process, CloneRequest const& request) {
  using namespace clone_flag;
  Ref<Thread> thread = host::make_ref<Thread>(process);
  if (!thread) return fail(Errno::no_memory);
  host::ThreadSetup setup{};
  ATTEMPT(self.read_registers(setup.registers));
  setup.registers.rax = 0;
  if (request.stack) setup.registers.rsp = request.stack;
  if (request.flags & set_tls) setup.registers.fs_base = request.tls;
  setup.space = process->space->handle;
  setup.portal = machine().portal;
  setup.cookie = reinterpret_cast<u64>(thread.get());
  setup.parent = self.handle;
  thread->event = ATTEMPT(host::event_create());
  thread->handle = ATTEMPT(host::thread_create(setup));
  thread->credentials = self.credentials;
  thread->blocked = self.restores_mask() ? self.saved_mask : self.blocked;
  if (!(request.flags & same_memory) || (request.flags & vfork)) thread->alternate_stack = self.alternate_stack;
  if (request.flags & child_set_tid) thread->set_child_tid = request.child_tid;
  if (request.flags & child_clear_tid) thread->clear_child_tid = request.child_tid;
  thread->affinity = self.affinity;
  scheduling::inherit(*thread, self);
  __builtin_memcpy(thread->name, self.name, sizeof thread->name);
  return thread;
}

/// Into the tables and lists; again when there are no numbers left or the process ends under the caller. Who is being
/// killed has no more children: one kill(-1) under the tree's lock ends a fork bomb.
Attempt<> make_known(Thread& self, Thread& thread, CloneRequest const& request) {
  Process& own = self.process();
  Process& process = thread.process();
  bool const is_thread = request.flags & clone_flag::thread;
  Guard tree{tree_lock};
  Guard guard{process.lock};
  if (own.is_over() || (is_thread && process.in_exec)) return fail(Errno::again);
  thread.tid = new_id();
  if (!thread.tid) return fail(Errno::again);
  if (is_thread) {
    Thread** at = &process.threads;
    while (*at) at = &(*at)->next_in_process;
    *at = &thread;
    if (process.life == Life::stopped) thread.attention.fetch_or(attention::stop, std::memory_order_relaxed);
  } else {
    process.pid = thread.tid;
    process.threads = &thread;
    bool const sibling = request.flags & clone_flag::parent;
    if (sibling) process.exit_signal = own.exit_signal;
    process.group = own.group;
    process.session = own.session;
    set_parent(process, sibling ? own.parent : &own);
    enter(process);
  }
  process.thread_count.fetch_add(1, std::memory_order_relaxed);
  update_attention(process, thread);
  enter(thread);
  return ok;
}

Value wait_for_child(Thread& self) {
  Process& child = *self.vfork_child;
  ATTEMPT(child.memory_left.enqueue(self));
  if (child.memory_is_own.load(std::memory_order_acquire)) {
    if (trace::is_traced(self)) trace::announce(self, trace::Event::vfork_done, self.request.progress);
    self.vfork_child = nullptr;
    return self.request.progress;
  }
  return self.block_killable();
}

/// As a tracer tells them apart.
trace::Event event_of(CloneRequest const& request) {
  if (request.flags & clone_flag::vfork) return trace::Event::vfork;
  return request.exit_signal == Signal::child ? trace::Event::fork : trace::Event::clone;
}

/// The pidfd of a child that nobody knows yet, told where the caller wants it.
Attempt<> give_pidfd(Thread& self, Ref<Process> const& child, UserAddr to, i32& fd) {
  Ref<File> file = ATTEMPT(ProcessFile::make(child, 0));
  Descriptors& table = *self.process().descriptors;
  fd = ATTEMPT(table.install(std::move(file), true, self.process().limit(Resource::descriptors)));
  auto const told = copy_to_user(self, to, fd);
  if (!told) (void)table.close(self, fd);
  return told;
}

Value do_clone(Thread& self, CloneRequest const& request) {
  using namespace clone_flag;
  if (!self.request.first() && self.vfork_child) return wait_for_child(self);
  ATTEMPT(check(request));
  ATTEMPT(check_count(self));
  if (request.flags & same_files) self.process().descriptors->share();
  Ref<Process> const process = request.flags & clone_flag::thread ? Ref<Process>{self.process()} : ATTEMPT(make_process(self, request));
  Ref<Thread> const thread = ATTEMPT(make_thread(self, process, request));
  i32 child_fd = -1;
  if (request.flags & pidfd) ATTEMPT(give_pidfd(self, process, UserAddr{request.pidfd}, child_fd));
  if (auto const known_now = make_known(self, *thread, request); !known_now) {
    if (child_fd >= 0) (void)self.process().descriptors->close(self, child_fd);
    return known_now.error();
  }
  i32 const tid = thread->tid;
  if (request.flags & parent_set_tid) (void)copy_to_user(self, UserAddr{request.parent_tid}, tid);
  if (!(request.flags & clone_flag::thread) && process->limit(Resource::cpu) != unlimited) watch_processor_time(*process);
  if (trace::is_traced(self) && !(request.flags & untraced)) {
    trace::follow(self, *thread, event_of(request));
    trace::announce(self, event_of(request), u64(tid));
  }
  if (!host::thread_start(thread->handle)) host::log("thread {} could not be started", tid);
  if (!(request.flags & vfork)) return tid;
  self.vfork_child = process;
  self.request.progress = u64(tid);
  return wait_for_child(self);
}

/// struct clone_args, as far as its first version goes (later fields are about cgroups and pid sets).
struct CloneArguments {
  u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_bytes, tls;
};
constexpr u64 clone3_least = sizeof(CloneArguments), clone3_most = 88;

}  // namespace

Value sys_clone(Thread& self, Args const& a) {
  CloneRequest const request{a[0] & ~clone_flag::exit_signal_mask & 0xffff'ffff, Signal(u8(a[0])), a[1], a[2], a[3], a[4], a[2]};
  if ((request.flags & clone_flag::pidfd) && (request.flags & clone_flag::parent_set_tid)) return Errno::invalid;
  return do_clone(self, request);
}

Value sys_fork(Thread& self, Args const&) { return do_clone(self, {.exit_signal = Signal::child}); }

Value sys_vfork(Thread& self, Args const&) {
  return do_clone(self, {.flags = clone_flag::vfork | clone_flag::same_memory, .exit_signal = Signal::child});
}

Value sys_clone3(Thread& self, Args const& a) {
  if (a[1] < clone3_least) return Errno::invalid;
  if (a[1] > page_bytes) return Errno::too_big;
  u64 words[clone3_most / 8] = {};
  ATTEMPT(copy_from_user(self, words, a.address(0), a[1] < clone3_most ? a[1] : clone3_most));
  for (u64 at = clone3_most; at < a[1]; ++at) {  // Fields of the future must be zero.
    u8 byte;
    ATTEMPT(copy_from_user(self, byte, a.address(0) + at));
    if (byte) return Errno::too_big;
  }
  CloneArguments c;
  __builtin_memcpy(&c, words, sizeof c);
  if (words[9] || (c.flags & (clone_flag::exit_signal_mask | clone_flag::detached)) || c.exit_signal > signal_count) return Errno::invalid;
  if ((c.stack == 0) != (c.stack_bytes == 0)) return Errno::invalid;
  if ((c.flags & (clone_flag::thread | clone_flag::parent)) && c.exit_signal) return Errno::invalid;
  return do_clone(self, {c.flags, Signal(u8(c.exit_signal)), c.stack ? c.stack + c.stack_bytes : 0, c.parent_tid, c.child_tid, c.tls, c.pidfd});
}

}  // namespace hinge::linux_service
