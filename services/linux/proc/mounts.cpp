// /proc/PID/mounts, mountinfo, /proc/filesystems and /proc/partitions.
#include "services/linux/disk/disks.hpp"
#include "services/linux/files/walk.hpp"
#include "services/linux/proc/view.hpp"

namespace hinge::linux_service::proc {

using generated::Subject;

namespace {

void add_options(Text& to, Mount const& mount) {
  u64 const flags = mount.flags();
  to.append(mount.read_only() ? "ro" : "rw");
  constexpr struct { u64 flag; std::string_view name; } names[] = {
      {mount_flag::no_set_uid, ",nosuid"},       {mount_flag::no_devices, ",nodev"},
      {mount_flag::no_execute, ",noexec"},       {mount_flag::synchronous, ",sync"},
      {mount_flag::no_access_time, ",noatime"},  {mount_flag::no_directory_access_time, ",nodiratime"},
      {mount_flag::relative_access_time, ",relatime"}};
  for (auto const& n : names)
    if (flags & n.flag) to.append(n.name);
}

/// Calls show(mount, number of the mount it lies on, its place's text) for every mount.
template <class Show>
Attempt<> for_each_mount(Show show) {
  auto* const text = static_cast<char*>(host::allocate(page_bytes));
  if (!text) return fail(Errno::no_memory);
  Guard guard{mounts_shown_lock};
  Ref<Mount> mount;
  Path place;
  Path const top{MountTable::root(), MountTable::root()->root()};
  for (u32 i = 0; MountTable::entry(i, mount, place); ++i) {
    Attempt<usize> const bytes = place ? text_of(place, top, text, page_bytes, false) : Attempt<usize>{usize{0}};
    std::string_view const shown = bytes && *bytes ? std::string_view{text, *bytes} : std::string_view{"/"};
    show(*mount, place.mount ? place.mount->id() : 0, shown);
  }
  host::release(text);
  return ok;
}

std::string_view source_of(Mount const& mount) { return mount.source().empty() ? std::string_view{"none"} : mount.source(); }

}  // namespace

Attempt<> make_mounts(Thread&, Subject const&, Text& to) {
  return for_each_mount([&](Mount const& mount, u32, std::string_view place) {
    to.append_escaped(source_of(mount));
    to.append(' ');
    to.append_escaped(place);
    to.add(" {} ", std::string_view{mount.superblock().type().name});
    add_options(to, mount);
    to.append(" 0 0\n");
  });
}

Attempt<> make_mount_info(Thread&, Subject const&, Text& to) {
  return for_each_mount([&](Mount const& mount, u32 parent, std::string_view place) {
    u64 const device = mount.superblock().device();
    to.add("{} {} {}:{} / ", mount.id(), parent, device >> 32, device & 0xffff'ffff);
    to.append_escaped(place);
    to.append(' ');
    add_options(to, mount);
    to.add(" - {} ", std::string_view{mount.superblock().type().name});
    to.append_escaped(source_of(mount));
    to.append(mount.superblock().read_only() ? " ro\n" : " rw\n");
  });
}

Attempt<> make_partitions(Thread&, Subject const&, Text& to) {
  if (disks::at(0)) to.append("major minor  #blocks  name\n\n");
  for (u32 i = 0; Disk const* const disk = disks::at(i); ++i) {
    constexpr u32 unit_bytes = 1024;
    to.add("{}\t{}\t{} {}\n", Disk::major, u32(disk->device()), disk->bytes() / unit_bytes, disk->name());
  }
  return ok;
}

Attempt<> make_file_systems(Thread&, Subject const&, Text& to) {
  for (u32 i = 0; FilesystemType const* type = FilesystemType::at(i); ++i)
    to.add("{}\t{}\n", std::string_view{type->needs_device ? "" : "nodev"}, std::string_view{type->name});
  return ok;
}

}  // namespace hinge::linux_service::proc
