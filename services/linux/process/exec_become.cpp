// Last part of exec: the calling thread, alone in its process, leaves its old program for the new one.
#include <algorithm>
#include <cstring>

#include "services/linux/core/thread.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/for_process.hpp"
#include "services/linux/process/exec_image.hpp"
#include "services/linux/process/exit.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/signal/send.hpp"
#include "services/linux/time/timers.hpp"
#include "services/linux/trace/stops.hpp"
#include "services/linux/trace/tell.hpp"

namespace hinge::linux_service {

namespace {

/// A thread that is not the first takes over the number of the first, which has ended.
void take_first_number(Thread& self) {
  Process& p = self.process();
  if (self.tid == p.pid) return;
  Guard guard{tree_lock};
  Ref<Thread> const kept = remove(self);
  self.tid = p.pid;
  enter(self);
  trace::takes_lead(self);
}

/// A tracer hears of the new program by an event, or, if it has not asked for those, by SIGTRAP.
void tell_tracer(Thread& self, i32 old_tid) {
  if (!trace::is_traced(self)) return;
  bool wants_event, seized;
  {
    Guard guard{tree_lock};
    wants_event = self.tracee->options & trace::option::exec;
    seized = self.tracee->seized;
  }
  if (wants_event) trace::announce(self, trace::Event::exec, u64(old_tid));
  else if (!seized) (void)send_signal(self, from_user(Signal::trap, signal_code::user, self.process().pid, self.credentials->uid));
}

Attempt<> enter_space(Thread& self, ExecImage& image) {
  Process& p = self.process();
  ATTEMPT(host::thread_rehome(self.handle, image.space->handle));
  Ref<AddressSpace> old = image.space;
  Guard guard{p.lock};
  std::swap(p.space, old);
  image.space = std::move(old);  // Given back with the image, without the lock.
  return ok;
}

Attempt<> enter_program(Thread& self, ExecImage const& image) {
  constexpr u64 initial_flags = 0x202;
  Registers r{};
  r.rip = image.entry;
  r.rsp = image.stack.pointer;
  r.rflags = initial_flags;
  r.cs = user_cs;
  r.ss = user_ss;
  r.original_rax = ~u64{0};
  ATTEMPT(host::thread_floating(own_thread, host::Floating::reset, 0));
  ATTEMPT(self.write_registers(r));
  return ok;
}

Attempt<> unshare_tables(Process& p) {
  Ref<SignalHandlers> handlers;
  Ref<Descriptors> descriptors;
  if (p.handlers->references() > 1 && !(handlers = p.handlers->copy())) return fail(Errno::no_memory);
  if (p.descriptors->references() > 1 && !(descriptors = files::copy_descriptors(*p.descriptors))) return fail(Errno::no_memory);
  Guard guard{p.lock};
  if (handlers) std::swap(p.handlers, handlers);
  if (descriptors) std::swap(p.descriptors, descriptors);
  return ok;
}

Attempt<> set_ids(Thread& self, ExecImage const& image) {
  Credentials const& old = *self.credentials;
  if (image.euid == old.euid && image.egid == old.egid && old.suid == old.euid && old.sgid == old.egid) return ok;
  Ref<Credentials> c = old.copy();
  if (!c) return fail(Errno::no_memory);
  c->euid = c->suid = c->fsuid = image.euid;
  c->egid = c->sgid = c->fsgid = image.egid;
  if (image.euid == 0 && old.euid != 0) c->permitted = c->effective = c->bounding;
  if (image.euid != 0 && old.uid != 0) c->permitted = c->effective = 0;
  c->keep_capabilities = false;
  adopt_credentials(self, c);
  return ok;
}

void name_after(Thread& self, char const* path) {
  std::string_view base{path};
  base.remove_prefix(base.rfind('/') + 1);  // Without a slash: npos + 1 is 0.
  usize const bytes = std::min(base.size(), sizeof self.name - 1);
  memset(self.name, 0, sizeof self.name);
  memcpy(self.name, base.data(), bytes);
}

}  // namespace

Attempt<> become(Thread& self, ExecImage& image) {
  Process& p = self.process();
  i32 const old_tid = self.tid;
  take_first_number(self);
  ATTEMPT(unshare_tables(p));
  ATTEMPT(enter_space(self, image));
  release_vfork_parent(p);
  ATTEMPT(set_ids(self, image));
  p.handlers->reset_for_exec();
  self.alternate_stack = {};
  self.clear_child_tid = self.robust_list = self.set_child_tid = 0;
  self.restart = {};
  self.fault = {};
  name_after(self, image.path);
  remove_posix_timers(p);
  p.dumpable.store(!image.secure, std::memory_order_relaxed);
  if (image.secure) p.parent_death_signal = 0;
  {
    Guard guard{tree_lock};
    p.has_execed = true;
    p.exit_signal = Signal::child;
  }
  {
    Guard guard{p.lock};
    p.in_exec = false;
  }
  files::close_on_exec(self);
  tell_tracer(self, old_tid);
  return enter_program(self, image);
}

}  // namespace hinge::linux_service
