// The ext4 service: FileSystem over BlockDevice. It reads; requests that would change something answer read_only. State
// that matters is on the disk and, what is mounted, in the vault: all else is a cache, and every request can be issued again.
// Several requests are inside at once; no lock is held over a disk read but that of a mount.
#pragma once

#include "host/image.hpp"
#include "iface/filesystem.hpp"
#include "iface/lifecycle.hpp"
#include "services/ext4/inode.hpp"
#include "services/ext4/mounts.hpp"

namespace hinge::ext4 {

class Service {
 public:
  Port<BlockDevice> disks;   ///< Bound by placement.

  Result<> on(Lifecycle::Start const&, Caller const&) { return mounts_.start(disks); }
  Result<> on(Lifecycle::Stop const&, Caller const&) { return ok; }

  Result<FileSystem::Mount::Reply> on(FileSystem::Mount const&, Caller const&);
  Result<FileSystem::Root::Reply> on(FileSystem::Root const&, Caller const&);
  Result<> on(FileSystem::Discard const& m, Caller const&) { return mounts_.unmount(m.volume); }
  Result<FileSystem::Statistics::Reply> on(FileSystem::Statistics const&, Caller const&);
  Result<FileSystem::Lookup::Reply> on(FileSystem::Lookup const&, Caller const&);
  Result<FileSystem::GetAttributes::Reply> on(FileSystem::GetAttributes const&, Caller const&);
  Result<u64> on(FileSystem::ReadLink const&, Caller const&);
  Result<u64> on(FileSystem::Read const&, Caller const&);
  Result<u64> on(FileSystem::ReadAttribute const&, Caller const&);
  Result<u64> on(FileSystem::ListAttributes const&, Caller const&);
  Result<FileSystem::ReadDirectory::Reply> on(FileSystem::ReadDirectory const&, Caller const&);
  Result<> on(FileSystem::Release const&, Caller const&) { return ok; }  // Nothing is an orphan here.

  Result<> on(FileSystem::Unmount const& m, Caller const&) { return mounts_.unmount(m.volume); }
  Result<u64> on(FileSystem::FindData const&, Caller const&);

  Result<u64> on(FileSystem::Write const&, Caller const&) { return fail(Error::read_only); }
  Result<FileSystem::Reserve::Reply> on(FileSystem::Reserve const&, Caller const&) { return fail(Error::read_only); }
  Result<FileSystem::Allocate::Reply> on(FileSystem::Allocate const&, Caller const&) { return fail(Error::read_only); }
  Result<> on(FileSystem::Commit const&, Caller const&) { return ok; }  // Nothing was changed.
  Result<> on(FileSystem::SetAttribute const&, Caller const&) { return fail(Error::read_only); }
  Result<> on(FileSystem::RemoveAttribute const&, Caller const&) { return fail(Error::read_only); }
  Result<> on(FileSystem::Remount const& m, Caller const&) { return m.read_only ? Result<>{ok} : fail(Error::read_only); }
  Result<FileSystem::SetAttributes::Reply> on(FileSystem::SetAttributes const&, Caller const&) { return fail(Error::read_only); }
  Result<FileSystem::Create::Reply> on(FileSystem::Create const&, Caller const&) { return fail(Error::read_only); }
  Result<FileSystem::Symlink::Reply> on(FileSystem::Symlink const&, Caller const&) { return fail(Error::read_only); }
  Result<FileSystem::Link::Reply> on(FileSystem::Link const&, Caller const&) { return fail(Error::read_only); }
  Result<FileSystem::Removed> on(FileSystem::Unlink const&, Caller const&) { return fail(Error::read_only); }
  Result<FileSystem::Removed> on(FileSystem::RemoveDirectory const&, Caller const&) { return fail(Error::read_only); }
  Result<FileSystem::Removed> on(FileSystem::Rename const&, Caller const&) { return fail(Error::read_only); }

 private:
  /// Calls f(Session, Inode) for an inode of a mounted volume. not_found.
  template <class F>
  auto with_inode(InodeNumber number, Caller const& caller, F&& f) -> decltype(f(std::declval<Session const&>(), std::declval<Inode const&>()));

  Mounts mounts_;
};

}  // namespace hinge::ext4
