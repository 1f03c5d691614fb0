// The inode of such a place stands for one open file and keeps it; what is behind it is asked again each time.
#include "services/linux/files/open_place.hpp"

#include "services/linux/files/file.hpp"
#include "services/linux/files/mount.hpp"
#include "services/linux/files/name.hpp"

namespace hinge::linux_service {
namespace {

class OpenFileInode final : public Inode {
 public:
  OpenFileInode(Superblock& superblock, Status const& s, Ref<File> file)
      : Inode{superblock, s.of.inode, s.of.mode, s.of.owner, s.of.group}, file_{std::move(file)} {}
  void dispose() override { host::destroy(this); }
  Attempt<Ref<File>> open(Thread& self, Path const&, u32 flags) override { return file_->open_again(self, flags); }
  Attempt<Status> status(Thread& self) override { return file_->status(self); }

 private:
  Ref<File> const file_;
};

}  // namespace

Attempt<Path> place_of_open_file(Thread& self, Ref<File> file) {
  Status const status = ATTEMPT(file->status(self));
  char text[64];
  std::string_view const name{text, file->describe(text, sizeof text)};
  Ref<Mount> const mount = MountTable::root();
  auto inode = Ref<OpenFileInode>::adopt(host::make<OpenFileInode>(mount->superblock(), status, std::move(file)));
  if (!inode) return fail(Errno::no_memory);
  return Path{mount, ATTEMPT(Name::make(mount->root(), name, Ref<Inode>{inode}))};
}

}  // namespace hinge::linux_service
