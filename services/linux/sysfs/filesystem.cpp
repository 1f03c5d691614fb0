// The tree of /sys: only what is real.
#include "services/linux/sysfs/filesystem.hpp"

#include "services/linux/core/machine.hpp"
#include "services/linux/generated/node.hpp"
#include "services/linux/sysfs/caches.hpp"
#include "services/linux/sysfs/heap.hpp"
#include "services/linux/sysfs/prices.hpp"
#include "services/linux/sysfs/services.hpp"

namespace hinge::linux_service::sysfs {
namespace {

using generated::directory_mode;
using generated::Entry;
using generated::file_mode;
using generated::Found;
using generated::Names;
using generated::Subject;

Attempt<> show_cpu_list(Thread&, Subject const&, Text& to) {
  if (u32 const cpus = machine().cpus; cpus > 1) to.add("0-{}\n", cpus - 1);
  else to.append("0\n");
  return ok;
}
Attempt<> show_online(Thread&, Subject const&, Text& to) {
  to.append("1\n");
  return ok;
}

constexpr Entry one_cpu_files[] = {
    {.name = "online", .mode = file_mode, .read = show_online},
    {.name = "cache", .mode = directory_mode, .find = find_cache, .list = list_caches},
};
constexpr Entry one_cpu{.name = "", .mode = directory_mode, .children = one_cpu_files};

Attempt<Found> find_cpu(Thread&, Subject const&, std::string_view name) {
  if (!name.starts_with("cpu")) return fail(Errno::no_entry);
  u64 const cpu = ATTEMPT(generated::number_in(name.substr(3)));
  if (cpu >= machine().cpus) return fail(Errno::no_entry);
  return Found{&one_cpu, {.number = cpu}};
}
Attempt<> list_cpus(Thread&, Subject const&, u64 from, Names& names) {
  char text[24];
  for (u64 cpu = from; cpu < machine().cpus; ++cpu)
    if (!names.add(format_to(std::span<char>{text}, "cpu{}", cpu), FileType::directory, cpu + 1)) break;
  return ok;
}

constexpr Entry cpu_files[] = {
    {.name = "online", .mode = file_mode, .read = show_cpu_list},
    {.name = "possible", .mode = file_mode, .read = show_cpu_list},
    {.name = "present", .mode = file_mode, .read = show_cpu_list},
};
constexpr Entry system_files[] = {
    {.name = "cpu", .mode = directory_mode, .children = cpu_files, .find = find_cpu, .list = list_cpus},
};
constexpr Entry device_files[] = {{.name = "system", .mode = directory_mode, .children = system_files}};
constexpr Entry hinge_files[] = {
    {.name = "services", .mode = file_mode, .read = make_services},
    {.name = "map", .mode = file_mode, .read = make_map},
    {.name = "service", .mode = directory_mode, .find = find_service, .list = list_services},
    {.name = "preset", .mode = u32(FileType::regular) | 0200, .write = move_to_preset},
    {.name = "prices", .mode = file_mode, .read = make_prices},
    {.name = "trace", .mode = u32(FileType::regular) | 0600, .read = take_trace, .write = set_trace},
    {.name = "heap", .mode = file_mode, .read = make_heap},
    {.name = "fault", .mode = u32(FileType::regular) | 0200, .write = inject_fault},
};
constexpr Entry top_files[] = {
    {.name = "devices", .mode = directory_mode, .children = device_files},
    {.name = "fs", .mode = directory_mode},  // A place for control groups and their like to be mounted on.
    {.name = "hinge", .mode = directory_mode, .children = hinge_files},
    {.name = "kernel", .mode = directory_mode},
};
constexpr Entry root{.name = "", .mode = directory_mode, .children = top_files};

constexpr u64 sysfs_magic = 0x62656572;
Attempt<Ref<Superblock>> mount(MountSource const&);
constinit FilesystemType const type{"sysfs", false, mount};
Attempt<Ref<Superblock>> mount(MountSource const&) { return generated::Tree::make(type, root, sysfs_magic); }

}  // namespace

void add_file_system() { FilesystemType::add(type); }

}  // namespace hinge::linux_service::sysfs
