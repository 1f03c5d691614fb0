#include "services/linux/files/signal_owner.hpp"

#include "services/linux/files/file.hpp"
#include "services/linux/signal/notify.hpp"

namespace hinge::linux_service {
namespace {

constinit Mutex<rank::SignalOwners> lock;

/// fcntl(2), F_SETOWN: as kill(2) would allow it to who set the owner.
bool may_reach(SignalOwner const& owner, Process& to) {
  Guard guard{to.lock};
  Thread const* const thread = to.threads;
  if (!thread) return false;
  Credentials const& c = *thread->credentials;
  return owner.euid == 0 || owner.euid == c.suid || owner.euid == c.uid || owner.uid == c.suid || owner.uid == c.uid;
}

SignalInfo info_for(SignalOwner const& owner, i32 fd, i32 code) {
  if (!owner.signal) return from_kernel(Signal::io);
  constexpr u32 poll_message = 0x400, write_band = ready::write_band;
  auto const signal = Signal(u8(owner.signal));
  // Numbers of which programs tell the reason by the code keep their own codes.
  bool const own_codes = signal == Signal::segment || signal == Signal::bus || signal == Signal::floating || signal == Signal::illegal ||
                         signal == Signal::trap || signal == Signal::child || signal == Signal::system;
  SignalInfo info{.signal = owner.signal, .code = own_codes ? signal_code::asynchronous : code};
  u32 const band = code == signal_owner::output    ? ready::writable | write_band
                   : code == signal_owner::message ? ready::readable | poll_message
                   : code == signal_owner::hung_up ? ready::hang_up | ready::error
                                                   : ready::readable;
  info.fields.poll = {i64(band), fd};
  return info;
}

void send(SignalOwner const& owner, SignalInfo const& info) {
  if (owner.kind == SignalOwner::Kind::thread) {
    Ref<Thread> const thread = find_thread(owner.id);
    if (thread && may_reach(owner, thread->process())) (void)send_signal(*thread, info);
    return;
  }
  if (owner.kind == SignalOwner::Kind::process) {
    Ref<Process> const process = find_process(owner.id);
    if (process && may_reach(owner, *process)) (void)send_signal(*process, info);
    return;
  }
  Guard guard{tree_lock};
  for (Process* p = first_process; p; p = p->next)
    if (p->group == owner.id && may_reach(owner, *p)) (void)send_only(*p, nullptr, info);
}

void tell_locked(File& file, i32 fd, i32 code) HINGE_REQUIRES(lock) {
  if (file.signal_owner.id) send(file.signal_owner, info_for(file.signal_owner, fd, code));
}

bool exists(SignalOwner::Kind kind, i32 id) {
  if (kind == SignalOwner::Kind::thread) return bool(find_thread(id));
  if (kind == SignalOwner::Kind::process) return bool(find_process(id));
  Guard guard{tree_lock};
  for (Process* p = first_process; p; p = p->next)
    if (p->group == id) return true;
  return false;
}

void take_off(ReadinessNote*& first, ReadinessNote& note) {
  ReadinessNote** at = &first;
  while (*at != &note) at = &(*at)->next;
  *at = note.next;
}

}  // namespace

Attempt<> signal_owner::set(Thread& self, File& file, SignalOwner::Kind kind, i32 id) {
  if (id && !exists(kind, id)) return fail(Errno::no_process);
  Guard guard{lock};
  file.signal_owner = {kind, id, self.credentials->uid, self.credentials->euid, file.signal_owner.signal};
  return ok;
}

SignalOwner signal_owner::get(File& file) {
  Guard guard{lock};
  return file.signal_owner;
}

void signal_owner::set_signal(File& file, i32 signal) {
  Guard guard{lock};
  file.signal_owner.signal = signal;
}

Attempt<> signal_owner::watch(File& file, i32 fd, bool on) {
  if (!on) {
    file_ends(file);
    return ok;
  }
  PollSource* const source = file.signals_readiness() ? file.poll_source() : nullptr;
  if (!source) return ok;
  ReadinessNote* const fresh = host::make<ReadinessNote>();
  if (!fresh) return fail(Errno::no_memory);
  Guard guard{lock};
  if (file.readiness_note) {
    file.readiness_note->fd = fd;
    host::destroy(fresh);
    return ok;
  }
  *fresh = {source->notes_, source, &file, fd};
  file.readiness_note = fresh;
  // Relaxed: a notification that does not see it came before.
  __atomic_store_n(&source->notes_, fresh, __ATOMIC_RELAXED);
  return ok;
}

void signal_owner::tell(File& file, i32 fd, i32 code) {
  Guard guard{lock};
  tell_locked(file, fd, code);
}

void signal_owner::file_ends(File& file) {
  ReadinessNote* gone;
  {
    Guard guard{lock};
    gone = std::exchange(file.readiness_note, nullptr);
    if (gone && gone->source) take_off(gone->source->notes_, *gone);
  }
  if (gone) host::destroy(gone);
}

void PollSource::signal_owners(u32 events) {
  Guard guard{lock};
  for (ReadinessNote* n = notes_; n; n = n->next) {
    File& file = *n->file;
    if (file.references() == 0) continue;  // Its own end is no news to it.
    if (events & ready::hang_up && file.socket()) tell_locked(file, n->fd, signal_owner::hung_up);
    else if (events & (ready::in | ready::hang_up) && file.readable()) tell_locked(file, n->fd, signal_owner::input);
    else if (events & (ready::out | ready::error) && file.writable()) tell_locked(file, n->fd, signal_owner::output);
  }
}

void PollSource::end_notes() {
  Guard guard{lock};
  for (ReadinessNote* n = notes_; n; n = n->next) n->source = nullptr;
}

}  // namespace hinge::linux_service
