// Job control (POSIX.1-2017, XBD 11.1): which session a terminal belongs to, and which of its groups may use it.
// A terminal and a session point to each other; both pointers change together, under the terminal's lock and the tree's.
#include "services/linux/process/tree.hpp"
#include "services/linux/signal/send.hpp"
#include "services/linux/tty/terminal.hpp"

namespace hinge::linux_service {

bool Terminal::controls(Process& process) {
  Ref<Session> const session = session_of(process);
  Guard guard{lock_};
  return session_ && session_ == session;
}

/// A process of the background reads, writes or changes: it is stopped, or told that this makes no sense.
Attempt<> Terminal::check_foreground(Thread& self, Background what) {
  Process& process = self.process();
  i32 const foreground = foreground_group();
  i32 const group = group_of(process);
  if (foreground == 0 || foreground == group || !controls(process)) return ok;
  if (what == Background::writing) {
    Guard guard{lock_};
    if (!discipline_.settings().has(local_flag::stop_background)) return ok;
  }
  Signal const signal = what == Background::reading ? Signal::terminal_input : Signal::terminal_output;
  if (self.blocked.has(signal) || process.handlers->ignores(signal)) {
    if (what == Background::reading) return fail(Errno::io);
    return ok;
  }
  if (is_orphaned_group(group)) return fail(Errno::io);
  send_signal_to_group(group, from_kernel(signal));
  return fail(Errno::restart);
}

/// The process' session gets this terminal, if it may: the process leads it, and neither has another.
bool Terminal::attach(Process& process) {
  if (session_) return false;
  Guard guard{tree_lock};
  Ref<Session> const& session = process.session;
  if (!session || session->id != process.pid || session->terminal) return false;
  session->terminal = this;
  session_ = session;
  foreground_.store(process.group, std::memory_order_relaxed);
  return true;
}

void Terminal::detach() {
  if (!session_) return;
  foreground_.store(0, std::memory_order_relaxed);
  Ref<Session> const session = std::move(session_);
  session_ = nullptr;
  Guard guard{tree_lock};
  if (session->terminal == this) session->terminal = nullptr;
}

Value Terminal::claim(Thread& self, bool steal) {
  Process& process = self.process();
  Ref<Session> const session = session_of(process);
  Guard guard{lock_};
  if (session && session_ == session) return 0;
  if (session_ && steal && self.credentials->has(Capability::sys_admin)) detach();
  return attach(process) ? Value{0} : Value{Errno::not_permitted};
}

/// The leader gives the terminal up for its whole session; another process' own giving up changes nothing here, since a
/// session's terminal is kept once for all of it.
Value Terminal::give_up(Thread& self) {
  Process& process = self.process();
  if (!controls(process)) return Errno::not_terminal;
  i32 foreground;
  {
    Guard guard{lock_};
    if (!session_ || session_->id != process.pid) return 0;
    foreground = foreground_group();
    detach();
  }
  if (foreground) {
    send_signal_to_group(foreground, from_kernel(Signal::hangup));
    send_signal_to_group(foreground, from_kernel(Signal::resume));
  }
  return 0;
}

Value Terminal::set_foreground(Thread& self, i32 group) {
  if (group <= 0) return Errno::invalid;
  Process& process = self.process();
  if (!controls(process)) return Errno::not_terminal;
  if (Attempt<> const may = check_foreground(self, Background::changing); !may) return may.error();
  Ref<Session> const session = session_of(process);
  if (!session || !group_in_session(group, *session)) return Errno::not_permitted;
  Guard guard{lock_};
  if (session_ == session) foreground_.store(group, std::memory_order_relaxed);
  return 0;
}

Value Terminal::tell_foreground(Thread& self, u64 argument, bool session) {
  if (!controls(self.process())) return Errno::not_terminal;
  i32 answer = foreground_group();
  if (session) {
    Guard guard{lock_};
    answer = session_ ? session_->id : 0;
  }
  ATTEMPT(copy_to_user(self, UserAddr{argument}, answer));
  return 0;
}

void Terminal::session_ended(Session& session) {
  i32 foreground = 0;
  {
    Guard guard{lock_};
    if (session_.get() != &session) return;
    foreground = foreground_group();
  }
  hang_up();
  if (foreground) send_signal_to_group(foreground, from_kernel(Signal::hangup));
}

}  // namespace hinge::linux_service
