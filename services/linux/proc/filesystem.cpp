// The tree of /proc: which file is made by whom.
#include "services/linux/proc/filesystem.hpp"

#include <algorithm>
#include <cstring>

#include "services/linux/files/for_process.hpp"
#include "services/linux/files/walk.hpp"
#include "services/linux/generated/node.hpp"
#include "services/linux/proc/view.hpp"
#include "services/linux/process/tree.hpp"

namespace hinge::linux_service::proc {
namespace {

using generated::directory_mode;
using generated::Entry;
using generated::file_mode;
using generated::Found;
using generated::link_mode;
using generated::Names;
using generated::private_mode;
using generated::Subject;
using generated::writable_mode;

// ---- links to places

enum class Place { program, directory, root };

template <Place which>
Attempt<Path> go(Thread&, Subject const& of) {
  Ref<Process> const process = ATTEMPT(process_of(of));
  if (which == Place::program) {
    Ref<AddressSpace> const space = process->shared_space();
    if (!space || !space->executable) return fail(Errno::no_entry);
    return space->executable->path();
  }
  Ref<FsContext> const fs = process->shared_fs();
  if (!fs) return fail(Errno::no_entry);
  return which == Place::directory ? fs->cwd() : fs->root();
}

template <Place which>
Attempt<> show_place(Thread& self, Subject const& of, Text& to) {
  Path const place = ATTEMPT(go<which>(self, of));
  auto* const text = static_cast<char*>(host::allocate(page_bytes));
  if (!text) return fail(Errno::no_memory);
  Attempt<usize> const bytes = text_of(place, self.process().fs->root(), text, page_bytes, true);
  if (bytes) to.append({text, *bytes});
  host::release(text);
  if (!bytes) return fail(bytes.error());
  return ok;
}

template <Place which>
constexpr Entry place(std::string_view name) { return {.name = name, .mode = link_mode, .target = show_place<which>, .follow = go<which>}; }

Attempt<> target_self(Thread& self, Subject const&, Text& to) {
  to.add("{}", self.process().pid);
  return ok;
}
Attempt<> target_thread_self(Thread& self, Subject const&, Text& to) {
  to.add("{}/task/{}", self.process().pid, self.tid);
  return ok;
}
Attempt<> target_mounts(Thread&, Subject const&, Text& to) {
  to.append("self/mounts");
  return ok;
}

// ---- small files

Attempt<> show_name(Thread&, Subject const& of, Text& to) {
  ProcessView const v = ATTEMPT(ProcessView::of(of));
  to.add("{}\n", std::string_view{v.name});
  return ok;
}

/// A process may rename its own threads.
Attempt<> set_name(Thread& self, Subject const& of, std::string_view text) {
  Ref<Thread> const thread = find_thread(of.thread ? of.thread : of.process);
  if (!thread || &thread->process() != &self.process()) return fail(Errno::invalid);
  if (text.ends_with('\n')) text.remove_suffix(1);
  Guard guard{self.process().lock};
  usize const bytes = std::min(text.size(), sizeof thread->name - 1);
  std::memcpy(thread->name, text.data(), bytes);
  std::memset(thread->name + bytes, 0, sizeof thread->name - bytes);
  return ok;
}

/// No login session, no control groups: in the words of their files.
Attempt<> show_no_login(Thread&, Subject const&, Text& to) {
  to.append("4294967295");
  return ok;
}
Attempt<> show_control_group(Thread&, Subject const&, Text& to) {
  to.append("0::/\n");
  return ok;
}

constexpr Entry file(std::string_view name, Maker* maker, u32 mode = file_mode) { return {.name = name, .mode = mode, .read = maker}; }

// ---- processes and threads

constexpr Entry stat_file = file("stat", make_stat), statm_file = file("statm", make_statm), status_file = file("status", make_status);
constexpr Entry maps_file = file("maps", make_maps), cmdline_file = file("cmdline", make_command_line);
constexpr Entry environ_file = file("environ", make_environment, private_mode), auxv_file = file("auxv", make_vector, private_mode);
constexpr Entry limits_file = file("limits", make_limits), mounts_file = file("mounts", make_mounts);
constexpr Entry mountinfo_file = file("mountinfo", make_mount_info), loginuid_file = file("loginuid", show_no_login);
constexpr Entry cgroup_file = file("cgroup", show_control_group);
constexpr Entry comm_file{.name = "comm", .mode = writable_mode, .read = show_name, .write = set_name};
constexpr Entry smaps_file = file("smaps", make_region_sums), rollup_file = file("smaps_rollup", make_memory_sums);
constexpr Entry io_file = file("io", make_io, private_mode), score_file = file("oom_score", make_badness);
constexpr Entry adjustment_file{.name = "oom_score_adj", .mode = writable_mode, .read = make_badness_adjustment, .write = set_badness_adjustment};
constexpr Entry exe = place<Place::program>("exe"), cwd = place<Place::directory>("cwd"), root = place<Place::root>("root");
constexpr u32 own_directory = u32(FileType::directory) | 0500;
constexpr Entry fd{.name = "fd", .mode = own_directory, .find = find_descriptor, .list = list_descriptors};
constexpr Entry fdinfo{.name = "fdinfo", .mode = own_directory, .find = find_descriptor_info, .list = list_descriptor_infos};
constexpr Entry thread_files[] = {stat_file, statm_file, status_file, maps_file, cmdline_file, environ_file, auxv_file,
                                  limits_file, mounts_file, mountinfo_file, cgroup_file, comm_file, smaps_file,
                                  rollup_file, io_file, score_file, adjustment_file, exe, cwd, root, fd, fdinfo};

Attempt<Found> find_thread_directory(Thread&, Subject const& of, std::string_view name);
Attempt<> list_threads(Thread&, Subject const& of, u64 from, Names& names);
constexpr Entry task_directory{.name = "task", .mode = directory_mode, .find = find_thread_directory, .list = list_threads};

constexpr Entry process_files[] = {stat_file, statm_file, status_file, maps_file, cmdline_file, environ_file, auxv_file, limits_file,
                                   mounts_file, mountinfo_file, loginuid_file, cgroup_file, comm_file, smaps_file,
                                   rollup_file, io_file, score_file, adjustment_file, exe, cwd, root, fd, fdinfo, task_directory};
constexpr Entry process_directory{.name = "", .mode = directory_mode, .children = process_files};
constexpr Entry thread_directory{.name = "", .mode = directory_mode, .children = thread_files};

Found with_owner(Entry const& entry, Subject const& subject, Process& process) {
  Found found{&entry, subject};
  Guard guard{process.lock};
  if (process.threads) {
    found.owner = process.threads->credentials->euid;
    found.group = process.threads->credentials->egid;
  }
  return found;
}

Attempt<Found> find_thread_directory(Thread&, Subject const& of, std::string_view name) {
  i32 const tid = i32(ATTEMPT(generated::number_in(name)));
  Ref<Thread> const thread = find_thread(tid);
  if (!thread || thread->process().pid != of.process) return fail(Errno::no_entry);
  return with_owner(thread_directory, {of.process, tid}, thread->process());
}
Attempt<> list_threads(Thread&, Subject const& of, u64 from, Names& names) {
  Ref<Process> const process = ATTEMPT(process_of(of));
  for (i32 tid = next_tid(*process, i32(from)); tid; tid = next_tid(*process, tid))
    if (!names.add(generated::Digits{u32(tid)}.view(), FileType::directory, u64(tid))) break;
  return ok;
}

Attempt<Found> find_process_directory(Thread&, Subject const&, std::string_view name) {
  i32 const pid = i32(ATTEMPT(generated::number_in(name)));
  Ref<Process> const process = find_process(pid);
  if (!process) return fail(Errno::no_entry);
  return with_owner(process_directory, {pid}, *process);
}
Attempt<> list_processes(Thread&, Subject const&, u64 from, Names& names) {
  for (i32 pid = next_pid(i32(from)); pid; pid = next_pid(pid))
    if (!names.add(generated::Digits{u32(pid)}.view(), FileType::directory, u64(pid))) break;
  return ok;
}

constexpr Entry net_files[] = {file("unix", make_unix_sockets)};

constexpr Entry root_files[] = {
    {.name = "self", .mode = link_mode, .target = target_self},
    {.name = "thread-self", .mode = link_mode, .target = target_thread_self},
    {.name = "mounts", .mode = link_mode, .target = target_mounts},
    file("cmdline", make_kernel_command_line),
    file("cpuinfo", make_cpu_info),
    file("devices", make_devices),
    file("filesystems", make_file_systems),
    file("partitions", make_partitions),
    file("loadavg", make_load),
    file("meminfo", make_memory_info),
    file("stat", make_system_stat),
    file("swaps", make_swaps),
    file("vmstat", make_virtual_memory_statistics),
    file("uptime", make_uptime),
    file("version", make_version),
    {.name = "net", .mode = directory_mode, .children = net_files},
    {.name = "sys", .mode = directory_mode, .children = system_controls},
};
constexpr Entry tree{.name = "", .mode = directory_mode, .children = root_files, .find = find_process_directory, .list = list_processes};

constexpr u64 proc_magic = 0x9fa0;
Attempt<Ref<Superblock>> mount(MountSource const&);
constinit FilesystemType const type{"proc", false, mount};
Attempt<Ref<Superblock>> mount(MountSource const&) { return generated::Tree::make(type, tree, proc_magic); }

}  // namespace

void add_file_system() { FilesystemType::add(type); }

}  // namespace hinge::linux_service::proc
