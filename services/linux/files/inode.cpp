// The base inode: what kinds of files can do before any file system says more.
#include "services/linux/files/inode.hpp"

#include "services/linux/files/device.hpp"
#include "services/linux/files/directory_file.hpp"
#include "services/linux/files/pipe.hpp"
#include "services/linux/files/record_locks.hpp"
#include "services/linux/files/superblock.hpp"

namespace hinge::linux_service {

Inode::Inode(Superblock& superblock, InodeNumber number, u32 mode, u32 owner, u32 group, u64 device)
    : superblock_{&superblock}, number_{number}, device_{device}, mode_{mode}, owner_{owner}, group_{group} {}

Inode::~Inode() {
  RecordLocks::forget(*this);
  Fifo::inode_ends(*this);
}

void Inode::set_owner(u32 owner, u32 group) {
  owner_.store(owner, std::memory_order_relaxed);
  group_.store(group, std::memory_order_relaxed);
}

Attempt<Ref<Inode>> Inode::lookup(Thread&, std::string_view) {
  return fail(is_directory() ? Errno::no_entry : Errno::not_directory);
}
Attempt<Ref<Inode>> Inode::create(Thread&, std::string_view, NewNode const&) { return fail(Errno::not_permitted); }
Attempt<Ref<Inode>> Inode::create_anonymous(Thread&, NewNode const&) { return fail(Errno::not_supported); }
Attempt<Ref<Inode>> Inode::symlink(Thread&, std::string_view, std::string_view, NewNode const&) {
  return fail(Errno::not_permitted);
}
Attempt<> Inode::link(Thread&, std::string_view, Inode&) { return fail(Errno::not_permitted); }
Attempt<> Inode::unlink(Thread&, std::string_view, Inode&) { return fail(Errno::not_permitted); }
Attempt<> Inode::remove_directory(Thread&, std::string_view, Inode&) { return fail(Errno::not_permitted); }
Attempt<> Inode::rename(Thread&, std::string_view, Inode&, Inode&, std::string_view, Inode*, u32) {
  return fail(Errno::not_permitted);
}
Attempt<> Inode::list(Thread&, u64, EntrySink&) { return fail(Errno::not_directory); }
Attempt<usize> Inode::read_link(Thread&, char*, usize) { return fail(Errno::invalid); }
Attempt<Path> Inode::follow(Thread&) { return Path{}; }

Attempt<Ref<File>> Inode::open(Thread& self, Path const& path, u32 flags) {
  switch (type()) {
    case FileType::directory: return DirectoryFile::open(path, flags);
    case FileType::fifo: return Fifo::open(*this, path, flags);
    case FileType::character: return devices::open(self, devices::Kind::character, device_, path, flags);
    case FileType::block: return devices::open(self, devices::Kind::block, device_, path, flags);
    case FileType::symlink: return fail(Errno::loop);
    case FileType::socket: case FileType::regular: return fail(Errno::no_device_or_address);
  }
  return fail(Errno::no_device_or_address);
}

Attempt<Status> Inode::status(Thread&) {
  Status s{};
  s.of.inode = number_;
  s.of.mode = mode();
  s.of.owner = owner();
  s.of.group = group();
  s.of.device = device_;
  s.of.links = is_directory() ? 2 : 1;
  s.device = superblock_->device();
  s.block_bytes = page_bytes;
  return s;
}

Attempt<> Inode::change(Thread&, Change const& change) {
  // Generated trees keep what they are told as long as the inode is in memory; sizes are not theirs to change.
  if (change.mask & Change::mode) set_mode((mode() & file_type_mask) | (change.new_mode & permission_mask));
  if (change.mask & (Change::owner | Change::group))
    set_owner(change.mask & Change::owner ? change.new_owner : owner(), change.mask & Change::group ? change.new_group : group());
  return ok;
}

}  // namespace hinge::linux_service
