// syslog(2): what dmesg reads.
#include <algorithm>
#include <atomic>

#include "services/linux/core/syscall.hpp"
#include "services/linux/core/thread.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/dev/log_lines.hpp"
#include "services/linux/generated/text.hpp"

namespace hinge::linux_service {
namespace {

/// Actions (man 2 syslog).
enum class Action : i32 {
  close, open, read, read_all, read_clear, clear, console_off, console_on, console_level, size_unread, size_buffer
};

/// From here on dmesg shows lines; SYSLOG_ACTION_CLEAR moves it.
constinit std::atomic<u64> shown_from{0};

void collect(Text& text) {
  LogLines lines{LogLines::From::oldest};
  u64 at = lines.position();
  for (std::string_view line; lines.next(line); at = lines.position()) {
    if (at < shown_from.load(std::memory_order_relaxed)) continue;
    text.append("<6>");
    text.append(line);
    text.append('\n');
  }
}

/// The newest `room` bytes of the log, from the beginning of a line on.
Value read_all(Thread& self, UserAddr to, usize room) {
  Text text;
  collect(text);
  std::string_view all = text.view();
  if (all.size() > room) {
    all.remove_prefix(all.size() - room);
    all.remove_prefix(std::min(all.find('\n'), all.size() - 1) + 1);
  }
  ATTEMPT(copy_to_user(self, to, all.data(), all.size()));
  return all.size();
}

}  // namespace

Value sys_syslog(Thread& self, Args const& a) {
  i32 const bytes = a.integer(2);
  switch (Action{a.integer(0)}) {
    case Action::close: case Action::open: case Action::console_off: case Action::console_on: case Action::console_level: return 0;
    case Action::read: case Action::read_all: case Action::read_clear: {
      if (bytes < 0 || a[1] == 0) return Errno::invalid;
      if (bytes == 0) return 0;
      u64 const end = log_end();
      Value const result = read_all(self, a.address(1), usize(bytes));
      if (a.integer(0) == i32(Action::read_clear) && !result.is_error()) shown_from.store(end, std::memory_order_relaxed);
      return result;
    }
    case Action::clear: shown_from.store(log_end(), std::memory_order_relaxed); return 0;
    case Action::size_unread: case Action::size_buffer: {
      Text text;
      collect(text);
      return i64(std::max<usize>(text.view().size(), 1));
    }
  }
  return Errno::invalid;
}

}  // namespace hinge::linux_service
