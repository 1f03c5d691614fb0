#include "services/linux/tty/devices.hpp"

#include "services/linux/files/device.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/tty/pty.hpp"
#include "services/linux/tty/serial.hpp"

namespace hinge::linux_service::tty {
namespace {

constexpr u32 auxiliary_major = 5;
constexpr u32 minor_tty = 0, minor_console = 1, minor_ptmx = 2;

Attempt<Ref<File>> open_terminal(Thread& self, Terminal& terminal, Path const& path, u32 flags, bool console = false) {
  // /dev/console never becomes a controlling terminal by being opened: what runs on it early wants no session.
  u32 const epoch = ATTEMPT(terminal.open(self, flags, !console));
  return TerminalFile::make(terminal, flags, path, epoch, console);
}

Attempt<Ref<File>> open_serial(Thread& self, u32 minor, Path const& path, u32 flags) {
  SerialTerminal* const line = minor < SerialTerminal::first_minor ? nullptr : serial_lines.line(minor - SerialTerminal::first_minor);
  if (!line) return fail(Errno::no_device_or_address);
  return open_terminal(self, *line, path, flags);
}

Attempt<Ref<File>> open_slave(Thread& self, u32 minor, Path const& path, u32 flags) {
  Pty* const pty = Pty::find(minor);
  if (!pty) return fail(Errno::no_device_or_address);
  return open_terminal(self, *pty, path, flags);
}

/// The controlling terminal of the caller, whichever it is.
Attempt<Ref<File>> open_controlling(Thread& self, Path const& path, u32 flags) {
  Terminal* terminal = nullptr;
  if (Ref<Session> const session = session_of(self.process())) {
    Guard guard{tree_lock};
    // Every ControllingTerminal is a Terminal: only Terminal::attach sets the pointer.
    terminal = static_cast<Terminal*>(session->terminal);
  }
  if (!terminal) return fail(Errno::no_device_or_address);
  return open_terminal(self, *terminal, path, flags | open_flag::no_terminal);
}

Attempt<Ref<File>> open_auxiliary(Thread& self, u32 minor, Path const& path, u32 flags) {
  switch (minor) {
    case minor_tty: return open_controlling(self, path, flags);
    case minor_console:
      if (SerialTerminal* const first = serial_lines.line(0)) return open_terminal(self, *first, path, flags, true);
      break;
    case minor_ptmx: return PtyMaster::open(self, flags, path);
  }
  return fail(Errno::no_device_or_address);
}

}  // namespace

Result<> start() {
  TRY(serial_lines.start());
  devices::add(devices::Kind::character, SerialTerminal::major, open_serial);
  devices::add(devices::Kind::character, auxiliary_major, open_auxiliary);
  devices::add(devices::Kind::character, Pty::slave_major, open_slave);
  return ok;
}

}  // namespace hinge::linux_service::tty
