// The files of /proc that are about the whole system (proc(5)).
#include "services/linux/core/machine.hpp"
#include "services/linux/proc/filesystem.hpp"
#include "services/linux/files/dirty_list.hpp"
#include "services/linux/proc/view.hpp"
#include "services/linux/process/system.hpp"
#include "services/linux/process/tree.hpp"
#include "services/linux/time/clock.hpp"

namespace hinge::linux_service::proc {

using generated::Subject;

namespace {

constinit std::string_view kernel_command_line;

Attempt<host::SystemInfo> system_info() {
  host::SystemInfo info{};
  ATTEMPT(host::system_info(&info));
  return info;
}

/// Threads that run or could, and those that wait uninterruptibly (nobody does).
u32 running_threads() {
  u32 count = 0;
  for (i32 pid = next_pid(0); pid; pid = next_pid(pid)) {
    Ref<Process> const process = find_process(pid);
    if (!process) continue;
    Guard guard{process->lock};
    for (Thread* t = process->threads; t; t = t->next_in_process) {
      host::ThreadInfo info{};
      if (host::thread_info(t->handle, &info) && info.state == 0) ++count;
    }
  }
  return count;
}

i32 newest_pid() {
  i32 newest = 0;
  for (i32 pid = next_pid(0); pid; pid = next_pid(pid)) newest = pid;
  return newest;
}

/// Seconds and hundredths, as uptime has them.
void append_seconds(Text& to, u64 ns) { to.add("{}.{02}", ns / second_ns, ns % second_ns / 10'000'000); }

}  // namespace

void set_kernel_command_line(std::string_view text) { kernel_command_line = text; }

Attempt<> make_kernel_command_line(Thread&, Subject const&, Text& to) {
  to.append(kernel_command_line);
  to.append('\n');
  return ok;
}

Attempt<> make_memory_info(Thread&, Subject const&, Text& to) {
  host::SystemInfo const info = ATTEMPT(system_info());
  auto line = [&](std::string_view name, u64 frames) { to.add("{16}{8} kB\n", name, frames * (page_bytes / 1024)); };
  line("MemTotal:", info.frames_total);
  line("MemFree:", info.frames_free);
  u64 const cached = CacheList::count();
  line("MemAvailable:", info.frames_free + cached);
  line("Buffers:", 0);
  line("Cached:", cached);
  line("Dirty:", DirtyList::pages());
  // There is no swap, and what a resident file holds is not told from other memory.
  for (std::string_view name : {"SwapCached:", "Active:", "Inactive:", "SwapTotal:", "SwapFree:",
                                "Writeback:", "Shmem:", "SReclaimable:"})
    line(name, 0);
  return ok;
}

Attempt<> make_uptime(Thread&, Subject const&, Text& to) {
  host::SystemInfo const info = ATTEMPT(system_info());
  append_seconds(to, now_ns());
  to.append(' ');
  append_seconds(to, info.idle_ns);
  to.append('\n');
  return ok;
}

Attempt<> make_load(Thread&, Subject const&, Text& to) {
  // Averages over minutes are kept nowhere; what runs now is counted.
  to.add("0.00 0.00 0.00 {}/{} {}\n", running_threads(), thread_count(), newest_pid());
  return ok;
}

Attempt<> make_system_stat(Thread&, Subject const&, Text& to) {
  host::SystemInfo const info = ATTEMPT(system_info());
  to.add("cpu  {} 0 {} {} 0 0 0 0 0 0\n", to_ticks(info.user_ns), to_ticks(info.system_ns), to_ticks(info.idle_ns));
  // The nucleus tells sums only; each CPU is shown with its share, since programs count these lines.
  for (u32 cpu = 0; cpu < info.cpus; ++cpu)
    to.add("cpu{} {} 0 {} {} 0 0 0 0 0 0\n", cpu, to_ticks(info.user_ns / info.cpus), to_ticks(info.system_ns / info.cpus),
           to_ticks(info.idle_ns / info.cpus));
  u64 const boot = hinge_time_page.wall_offset_ns / second_ns;
  to.add("intr 0\nctxt {}\nbtime {}\nprocesses {}\nprocs_running {}\nprocs_blocked 0\n", info.context_switches, boot, info.forks,
         running_threads());
  return ok;
}

Attempt<> make_version(Thread&, Subject const&, Text& to) {
  SystemName const name = system_name();
  to.add("{} version {} (clang version " __clang_version__ ") {}\n", std::string_view{name.system}, std::string_view{name.release},
         std::string_view{name.version});
  return ok;
}

Attempt<> make_devices(Thread&, Subject const&, Text& to) {
  to.append("Character devices:\n  1 mem\n  4 ttyS\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n136 pts\n\nBlock devices:\n");
  return ok;
}

}  // namespace hinge::linux_service::proc
