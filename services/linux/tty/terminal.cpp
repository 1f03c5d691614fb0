// Terminals: opening, hanging up, and what received bytes set off.
#include "services/linux/tty/terminal.hpp"

#include "services/linux/process/tree.hpp"
#include "services/linux/signal/send.hpp"

namespace hinge::linux_service {

Attempt<u32> Terminal::open(Thread& self, u32 flags, bool may_control) {
  Guard guard{lock_};
  if (exclusive_ && !self.credentials->has(Capability::sys_admin)) return fail(Errno::busy);
  ATTEMPT(admit(self));
  if (may_control && !(flags & open_flag::no_terminal)) attach(self.process());
  return epoch_.load(std::memory_order_relaxed);
}

void Terminal::raise(Signal signal) {
  if (i32 const group = foreground_group()) send_signal_to_group(group, from_kernel(signal));
}

usize Terminal::receive(std::span<u8 const> bytes) {
  Discipline::Effects effects;
  usize const taken = discipline_.receive(bytes, effects);
  if (effects.interrupt || effects.quit || effects.suspend) {
    if (!discipline_.settings().has(local_flag::no_flush)) input_taken();
    if (effects.interrupt) raise(Signal::interrupt);
    if (effects.quit) raise(Signal::quit);
    if (effects.suspend) raise(Signal::terminal_stop);
    output_left();
  }
  push_output();
  if (discipline_.readable()) {
    readers_.wake_all();
    poll.notify(ready::readable);
  }
  return taken;
}

void Terminal::output_left() {
  if (!discipline_.output.writable()) return;
  writers_.wake_all();
  poll.notify(ready::writable);
}

/// As freshly opened.
void Terminal::reset() {
  discipline_.set(initial_);
  discipline_.flush_input();
  discipline_.output.clear();
  discipline_.stop(false);
  size_ = {};
  exclusive_ = false;
  locked_ = {};
}

void Terminal::hang_up() {
  Ref<Session> session;
  {
    Guard guard{lock_};
    epoch_.fetch_add(1, std::memory_order_relaxed);
    session = session_;
    detach();
    reset();
    readers_.wake_all();
    writers_.wake_all();
    poll.notify(ready::readable | ready::writable | ready::hang_up | ready::error);
  }
  if (!session) return;
  if (Ref<Process> const leader = find_process(session->id)) {
    (void)send_signal(*leader, from_kernel(Signal::hangup));
    (void)send_signal(*leader, from_kernel(Signal::resume));
  }
}

Attempt<> Terminal::resize(Thread& self, UserAddr from) {
  WindowSize size;
  ATTEMPT(copy_from_user(self, size, from));
  {
    Guard guard{lock_};
    if (size == size_) return ok;
    size_ = size;
  }
  raise(Signal::window);
  return ok;
}

Attempt<Ref<File>> TerminalFile::make(Terminal& terminal, u32 flags, Path const& path, u32 epoch, bool immune) {
  TerminalFile* const file = host::make<TerminalFile>(terminal, flags, path, epoch, immune);
  if (!file) {
    terminal.close();
    return fail(Errno::no_memory);
  }
  return Ref<File>::adopt(file);
}

void TerminalFile::dispose() {
  Terminal& terminal = terminal_;
  host::destroy(this);
  terminal.close();
}

}  // namespace hinge::linux_service
