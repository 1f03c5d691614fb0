// A volume's table of inodes, and its start and end.
#include "services/linux/files/volume.hpp"

#include "services/linux/files/clock.hpp"
#include "services/linux/files/for_process.hpp"

namespace hinge::linux_service {
namespace {

constinit std::atomic<u64> next_volume{1};

Attempt<Ref<Superblock>> mount_tmpfs(MountSource const&) {
  auto volume = ATTEMPT(Volume::make(tmpfs_type, files::tmpfs_port, Volume::new_number()));
  return Ref<Superblock>{volume};
}

}  // namespace

constinit FilesystemType const tmpfs_type{"tmpfs", false, mount_tmpfs};

u64 Volume::new_number() { return next_volume.fetch_add(1, std::memory_order_relaxed); }

Attempt<Ref<Volume>> Volume::make(FilesystemType const& type, Port<FileSystem> const& port, u64 number, u64 device) {
  auto const reply = ATTEMPT(port.on(FileSystem::Root{number, wall_ns()}, Caller{}));
  auto volume = Ref<Volume>::adopt(host::make<Volume>(type, port, number, device));
  if (!volume) return fail(Errno::no_memory);
  volume->root_ = ATTEMPT(volume->inode(reply.root));
  return volume;
}

void Volume::dispose() {
  root_ = nullptr;
  // What is left was kept for its data alone.
  for (u32 i = 0; i < buckets; ++i)
    for (;;) {
      Ref<VolumeInode> kept;
      {
        Guard guard{lock_};
        if (first_[i] && first_[i]->retain_if_alive()) kept = Ref<VolumeInode>::adopt(first_[i]);
      }
      if (!kept) break;
      kept->unpin();
    }
  Result<> r = ok;
  do r = port_.on(FileSystem::Discard{number_}, Caller{});
  while (!r && r.error() == Error::busy);
  host::destroy(this);
}

Attempt<FileSystem::Statistics::Reply> Volume::statistics() { return ATTEMPT(port_.on(FileSystem::Statistics{number_}, Caller{})); }

Attempt<Ref<VolumeInode>> Volume::inode(Attributes const& attributes) {
  u32 const bucket = attributes.inode.raw() % buckets;
  Ref<VolumeInode> fresh;
  for (;;) {
    {
      Guard guard{lock_};
      for (VolumeInode* i = first_[bucket]; i; i = i->next_)
        // One that is dying is passed over; it takes itself off the list.
        if (i->number() == attributes.inode && i->retain_if_alive()) return Ref<VolumeInode>::adopt(i);
      if (fresh) {
        fresh->next_ = std::exchange(first_[bucket], fresh.get());
        return fresh;
      }
    }
    fresh = Ref<VolumeInode>::adopt(host::make<VolumeInode>(*this, attributes));
    if (!fresh || !fresh->prepare()) return fail(Errno::no_memory);
  }
}

void Volume::forget(VolumeInode& inode) {
  Guard guard{lock_};
  for (VolumeInode** link = &first_[inode.number().raw() % buckets]; *link; link = &(*link)->next_)
    if (*link == &inode) {
      *link = inode.next_;
      return;
    }
}

Attempt<Ref<VolumeInode>> Volume::create(VolumeInode& directory, std::string_view name, NewNode const& node, i64 now) {
  FileSystem::Create const request{directory.number(), now, node.device, node.mode, node.owner, node.group, 0, FileName::from(name)};
  auto const reply = ATTEMPT(port_.on(request, Caller{}));
  directory.mark_stale();
  return inode(reply.created);
}

Attempt<Ref<VolumeInode>> Volume::child(VolumeInode& directory, std::string_view name) {
  return inode(ATTEMPT(port_.on(FileSystem::Lookup{directory.number(), FileName::from(name)}, Caller{})).found);
}

Attempt<> Volume::symlink(VolumeInode& directory, std::string_view name, std::string_view target, i64 now) {
  Buffer const buffer{reinterpret_cast<u64>(target.data()), u32(target.size()), 0};
  ATTEMPT(port_.on(FileSystem::Symlink{buffer, directory.number(), now, 0, 0, FileName::from(name)}, Caller{}));
  directory.mark_stale();
  return ok;
}

}  // namespace hinge::linux_service
