// tmpfs as mount(2) knows it: a volume of the tmpfs service under a number of its own, which keeps names and attributes. The
// files' data lies here, and so does the limit on it.
#include "services/linux/core/machine.hpp"
#include "services/linux/files/clock.hpp"
#include "services/linux/files/for_process.hpp"
#include "services/linux/files/tmpfs_options.hpp"
#include "services/linux/files/volume.hpp"

namespace hinge::linux_service {
namespace {

Attempt<Ref<Superblock>> mount_tmpfs(MountSource const& from) {
  TmpfsOptions const options = ATTEMPT(TmpfsOptions::parse(from.options, machine().frames));
  return Ref<Superblock>{ATTEMPT(make_tmpfs(Volume::new_number(), options))};
}

}  // namespace

constinit FilesystemType const tmpfs_type{"tmpfs", false, mount_tmpfs};

Attempt<Ref<Volume>> make_tmpfs(u64 number, TmpfsOptions const& options) {
  using Set = FileSystem::SetAttributes;
  auto const root = ATTEMPT(files::tmpfs_port.on(FileSystem::Root{number, wall_ns()}, Caller{})).root;
  Set change{};
  change.inode = root.inode;
  change.mask = Set::mode | Set::owner | Set::group;
  change.new_mode = options.mode;
  change.new_owner = options.owner;
  change.new_group = options.group;
  ATTEMPT(files::tmpfs_port.on(change, Caller{}));
  Ref<Volume> volume = ATTEMPT(Volume::make(tmpfs_type, files::tmpfs_port, number));
  volume->quota().set_limit(options.pages);
  return volume;
}

}  // namespace hinge::linux_service
