// A volume's table of inodes, and its start and end.
#include "services/linux/files/volume.hpp"

#include "host/log.hpp"
#include "services/linux/disk/disks.hpp"
#include "services/linux/files/clock.hpp"
#include "services/linux/files/dirty_list.hpp"
#include "services/linux/files/flusher.hpp"
#include "services/linux/files/for_process.hpp"

namespace hinge::linux_service {
namespace {

constinit std::atomic<u64> next_volume{1};

}  // namespace

u64 Volume::new_number() { return next_volume.fetch_add(1, std::memory_order_relaxed); }

Attempt<Ref<Volume>> Volume::make(FilesystemType const& type, Port<FileSystem> const& port, u64 number, u64 device,
                                   bool read_only) {
  auto const reply = ATTEMPT(port.on(FileSystem::Root{number, wall_ns()}, Caller{}));
  auto volume = Ref<Volume>::adopt(host::make<Volume>(type, port, number, device, read_only));
  if (!volume) return fail(Errno::no_memory);
  if (device) volume->stock_.set_block_bytes(ATTEMPT(volume->statistics()).block_bytes);
  volume->root_ = ATTEMPT(volume->inode(reply.root));
  return volume;
}

void Volume::dispose() {
  root_ = nullptr;
  if (device_) DirtyList::write_back(this);
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
  if (device_) r = port_.on(FileSystem::Unmount{number_}, Caller{});
  else do r = port_.on(FileSystem::Discard{number_}, Caller{});
  while (!r && r.error() == Error::busy);
  if (Disk* const disk = disks::find(device_)) disks::release(*disk);
  host::destroy(this);
}

Attempt<FileSystem::Statistics::Reply> Volume::statistics() {
  auto reply = ATTEMPT(port_.on(FileSystem::Statistics{number_}, Caller{}));
  if (!device_ && quota_.limit() != PageQuota::unlimited) {
    // The data is ours: the service knows of names alone.
    reply.blocks = quota_.limit();
    reply.blocks_free = std::min(reply.blocks - std::min(quota_.used(), reply.blocks), reply.blocks_free);
  }
  return reply;
}

void Volume::changed() {
  if (!device_) return;
  uncommitted_.store(true, std::memory_order_release);
  Flusher::wake();
}

Attempt<> Volume::commit(InodeNumber inode, bool data_only) {
  if (!device_ || read_only()) return ok;
  ATTEMPT(port_.on(FileSystem::Commit{number_, inode, data_only}, Caller{}));
  return ok;
}

void Volume::commit_changes() {
  // Pairs with changed(): what it tells of has happened before.
  if (!uncommitted_.exchange(false, std::memory_order_acquire)) return;
  if (!commit(InodeNumber{0}, false)) host::log("{}: a commit failed, what was written last may be lost", type().name);
  stock_.return_surplus();
}

Attempt<> Volume::synchronize() {
  if (!device_) return ok;
  DirtyList::write_back(this);
  uncommitted_.store(false, std::memory_order_release);
  return commit(InodeNumber{0}, false);
}

Attempt<> Volume::set_read_only(bool wanted) {
  if (!device_ || wanted == read_only()) return ok;
  if (wanted && writers.load()) return fail(Errno::busy);
  if (wanted) DirtyList::write_back(this);
  ATTEMPT(port_.on(FileSystem::Remount{number_, wanted}, Caller{}));
  read_only_.store(wanted, std::memory_order_relaxed);
  return ok;
}

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
  auto const reply = ATTEMPT(alter(request, Caller{}));
  directory.mark_stale();
  return inode(reply.created);
}

Attempt<Ref<VolumeInode>> Volume::child(VolumeInode& directory, std::string_view name) {
  return inode(ATTEMPT(port_.on(FileSystem::Lookup{directory.number(), FileName::from(name)}, Caller{})).found);
}

Attempt<> Volume::symlink(VolumeInode& directory, std::string_view name, std::string_view target, i64 now) {
  Buffer const buffer{reinterpret_cast<u64>(target.data()), u32(target.size()), 0};
  ATTEMPT(alter(FileSystem::Symlink{buffer, directory.number(), now, 0, 0, FileName::from(name)}, Caller{}));
  directory.mark_stale();
  return ok;
}

}  // namespace hinge::linux_service
