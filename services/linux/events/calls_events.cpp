// signalfd, timerfd and pidfd calls.
#include "services/linux/core/syscall.hpp"
#include "services/linux/core/user_memory.hpp"
#include "services/linux/events/process_file.hpp"
#include "services/linux/events/signal_file.hpp"
#include "services/linux/events/timer_file.hpp"
#include "services/linux/files/descriptors.hpp"
#include "services/linux/files/name.hpp"
#include "services/linux/files/superblock.hpp"
#include "services/linux/files/user_path.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/signal/notify.hpp"
#include "services/linux/time/clock.hpp"

namespace hinge::linux_service {

Attempt<Ref<File>> ProcessFile::make(Ref<Process> process, u32 flags) {
  auto file = Ref<ProcessFile>::adopt(host::make<ProcessFile>(std::move(process), flags));
  if (!file) return fail(Errno::no_memory);
  return Ref<File>{file};
}

namespace {

constexpr u32 both_flags = open_flag::close_on_exec | open_flag::nonblock;

Value install(Thread& self, Ref<File> file, u32 flags) {
  if (!file) return Errno::no_memory;
  return self.process().descriptors->install(std::move(file), flags & open_flag::close_on_exec, self.process().limit(Resource::descriptors));
}

Value signal_file(Thread& self, Args const& a, u32 flags) {
  u64 bits;
  if (flags & ~both_flags || a[2] != sizeof bits) return Errno::invalid;
  ATTEMPT(copy_from_user(self, bits, a.address(1)));
  SignalSet const mask = SignalSet{bits} - unblockable;
  if (a.integer(0) == -1)
    return install(self, Ref<SignalFile>::adopt(host::make<SignalFile>(flags & open_flag::nonblock, mask, Ref<Process>{self.process()})), flags);
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  if (!file->signals()) return Errno::invalid;
  file->signals()->set_mask(mask);
  return a.integer(0);
}

struct IntervalSpec { TimeSpec interval, value; };  // struct itimerspec
IntervalSpec to_user(TimerSetting s) { return {to_timespec(s.interval_ns), to_timespec(s.left_ns)}; }

/// The timer behind a descriptor; the file holds it.
Attempt<Ref<File>> timer_at(Thread& self, i32 fd) {
  Ref<File> file = ATTEMPT(file_at(self, fd));
  if (!file->timer()) return fail(Errno::invalid);
  return file;
}

Attempt<Ref<File>> process_at(Thread& self, i32 fd) {
  Ref<File> file = ATTEMPT(file_at(self, fd));
  if (!file->process()) return fail(Errno::bad_descriptor);
  return file;
}

/// The process that a directory /proc/PID stands for: for pidfd_send_signal alone. bad_descriptor: it is no such directory.
Attempt<Ref<Process>> process_of_directory(File& file) {
  Inode* const inode = file.inode();
  if (!inode || !inode->is_directory() || std::string_view{inode->superblock().type().name} != "proc") return fail(Errno::bad_descriptor);
  Ref<Name> const above = file.path().name->parent();
  if (!above || above->parent()) return fail(Errno::bad_descriptor);
  char text[Name::max_bytes];
  usize const bytes = file.path().name->copy_text(text);
  i32 pid = 0;
  for (char const c : std::string_view{text, bytes}) {
    if (c < '0' || c > '9') return fail(Errno::bad_descriptor);
    pid = pid * 10 + (c - '0');
  }
  Ref<Process> process = find_process(pid);
  if (!process) return fail(Errno::no_process);
  return process;
}

}  // namespace

Value sys_signalfd(Thread& self, Args const& a) { return signal_file(self, a, 0); }
Value sys_signalfd4(Thread& self, Args const& a) { return signal_file(self, a, a.word(3)); }

Value sys_timerfd_create(Thread& self, Args const& a) {
  if (a.word(1) & ~both_flags) return Errno::invalid;
  switch (ClockId(a.integer(0))) {
    case ClockId::realtime: case ClockId::monotonic: case ClockId::boottime: case ClockId::realtime_alarm: case ClockId::boottime_alarm: break;
    default: return Errno::invalid;
  }
  auto state = Ref<TimerState>::adopt(host::make<TimerState>(a.integer(0)));
  if (!state) return Errno::no_memory;
  return install(self, Ref<TimerFile>::adopt(host::make<TimerFile>(a.word(1) & open_flag::nonblock, std::move(state))), a.word(1));
}

Value sys_timerfd_settime(Thread& self, Args const& a) {
  constexpr u32 absolute = 1, cancel_on_set = 2;
  IntervalSpec wanted;
  if (a.word(1) & ~(absolute | cancel_on_set)) return Errno::invalid;
  ATTEMPT(copy_from_user(self, wanted, a.address(2)));
  u64 const value = ATTEMPT(to_ns(wanted.value)), interval = ATTEMPT(to_ns(wanted.interval));
  Ref<File> const file = ATTEMPT(timer_at(self, a.integer(0)));
  TimerState& timer = *file->timer();
  u64 deadline = no_deadline;
  if (value) deadline = a.word(1) & absolute ? ATTEMPT(to_monotonic(timer.clock(), value)) : now_ns() + value;
  TimerSetting const before = timer.set(deadline, interval);
  if (a[3]) ATTEMPT(copy_to_user(self, a.address(3), to_user(before)));
  return 0;
}

Value sys_timerfd_gettime(Thread& self, Args const& a) {
  return copy_to_user(self, a.address(1), to_user(ATTEMPT(timer_at(self, a.integer(0)))->timer()->setting()));
}

Value sys_pidfd_open(Thread& self, Args const& a) {
  if (a.word(1) & ~open_flag::nonblock || a.integer(0) <= 0) return Errno::invalid;
  Ref<Process> process = find_process(a.integer(0));
  if (!process) return find_thread(a.integer(0)) ? Errno::invalid : Errno::no_process;
  return install(self, ATTEMPT(ProcessFile::make(std::move(process), a.word(1))), open_flag::close_on_exec);
}

Value sys_pidfd_send_signal(Thread& self, Args const& a) {
  if (a[3]) return Errno::invalid;
  Ref<File> const file = ATTEMPT(file_at(self, a.integer(0)));
  Ref<Process> const to = file->process() ? Ref<Process>{*file->process()} : ATTEMPT(process_of_directory(*file));
  if (a.integer(1) < 0 || a.integer(1) > i32(signal_count)) return Errno::invalid;
  Signal const s = Signal(u8(a.integer(1)));
  SignalInfo info = from_user(s, signal_code::user, self.process().pid, self.credentials->uid);
  if (a[2]) {
    ATTEMPT(copy_from_user(self, info, a.address(2)));
    if (info.signal != i32(s)) return Errno::invalid;
    // As rt_sigqueueinfo: only to oneself may one say what only the system says.
    if ((info.code >= 0 || info.code == signal_code::thread) && to.get() != &self.process()) return Errno::not_permitted;
  }
  return send_signal_as(self, *to, s, info);
}

Value sys_pidfd_getfd(Thread& self, Args const& a) {
  if (a.word(2)) return Errno::invalid;
  Ref<File> const file = ATTEMPT(process_at(self, a.integer(0)));
  Process& process = *file->process();
  Ref<Descriptors> const table = process.shared_descriptors();
  if (!table) return Errno::no_process;
  {
    Guard guard{process.lock};
    Credentials const& mine = *self.credentials;
    Credentials const* const theirs = process.threads ? process.threads->credentials.get() : nullptr;
    bool const same = theirs && mine.uid == theirs->uid && mine.uid == theirs->euid && mine.uid == theirs->suid &&
                      process.dumpable.load(std::memory_order_relaxed) == 1;
    if (!same && !mine.has(Capability::sys_ptrace)) return Errno::not_permitted;
  }
  return install(self, ATTEMPT(table->get(a.integer(1))), open_flag::close_on_exec);
}

}  // namespace hinge::linux_service
