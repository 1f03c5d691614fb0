// The Linux personality's image: what it serves and whom it calls. Start fills the root, makes devices and file systems
// known, and lets process 1 begin.
#include "base/command_line.hpp"
#include "host/faults.hpp"
#include "host/image.hpp"
#include "host/log.hpp"
#include "host/probe.hpp"
#include "services/linux/core/dispatch.hpp"
#include "services/linux/core/machine.hpp"
#include "services/linux/dev/devices.hpp"
#include "services/linux/dev/memory.hpp"
#include "services/linux/disk/disks.hpp"
#include "services/linux/files/disk_volume.hpp"
#include "services/linux/files/flusher.hpp"
#include "services/linux/files/for_process.hpp"
#include "services/linux/files/root.hpp"
#include "services/linux/proc/filesystem.hpp"
#include "services/linux/process/system.hpp"
#include "services/linux/sysfs/filesystem.hpp"
#include "services/linux/time/clock.hpp"
#include "services/linux/time/timers.hpp"
#include "services/linux/tty/devices.hpp"
#include "services/linux/tty/serial.hpp"

namespace hinge::linux_service {

namespace {

struct Personality {
  Result<> on(Lifecycle::Start const& start, Caller const&);
  Result<> on(Lifecycle::Stop const&, Caller const&) { return ok; }
};

constinit Personality personality;
constinit TimerServer timer_server;
constinit Flusher flusher;

constinit image::Provided provided[] = {
    provide<Lifecycle>(personality, "lifecycle"),
    provide<ConsoleSignal>(serial_lines, "console_signal"),
    provide<Tick>(timer_server, "tick"),
    provide<Faults>(host::fault_server, "faults"),
    provide<Flush>(flusher, "flush"),
    provide<Probe>(host::probe_server, "probe"),
};
constinit image::Required required[] = {
    require<FileSystem>(files::tmpfs_port, "files"),
    require<FileSystem>(files::ext4_port, "ext4", true),
    require<BlockDevice>(disks::port, "disks", true),
    require<Console>(serial_lines.console, "console"),
    require<Platform>(platform_port, "platform"),
    require<System>(sysfs::system_port, "system"),
};

constinit image::Granted granted[] = {grant(wall_clock, "wall_clock")};

Result<> said(char const* step, Attempt<> done) {
  if (done) return ok;
  host::log("start: {} failed with errno {}", step, u32(done.error()));
  return fail(Error::io);
}

Result<> Personality::on(Lifecycle::Start const& start, Caller const&) {
  std::string_view const text{reinterpret_cast<char const*>(start.command_line), start.command_bytes};
  CommandLine const line{text};
  TRY(learn_machine(!line.has("norandmaps")));
  TRY(start_timers(provided[2]));
  TRY(Flusher::start(provided[4]));
  TRY(said("the root file system", files::start(start, line.value("root"), line.has("rw"))));
  TRY(tty::start());
  dev::add_memory_devices();
  dev::add_file_systems();
  proc::add_file_system();
  proc::set_kernel_command_line(text);
  sysfs::add_file_system();
  return said("process 1", start_first_process(line.value("init"), line.arguments()));
}

}  // namespace
}  // namespace hinge::linux_service

HINGE_IMAGE("linux", hinge::linux_service::provided, hinge::linux_service::required, hinge::linux_service::granted,
            hinge::linux_service::handle_linux)
