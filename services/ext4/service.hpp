// The ext4 service: FileSystem over BlockDevice. State that matters is on the disk and in the vault: what is mounted, and the
// records of changes that are not committed yet; all else is a cache, and every request can be issued again.
// Several requests are inside at once. Of a volume that is only read none waits for another; one that is written has one
// lock, which is not held while file data or the journal are on their way.
#pragma once

#include "host/image.hpp"
#include "iface/filesystem.hpp"
#include "iface/lifecycle.hpp"
#include "services/ext4/inode.hpp"
#include "services/ext4/mounts.hpp"
#include "services/ext4/writing.hpp"

namespace hinge::ext4 {

class Service {
 public:
  Port<BlockDevice> disks;   ///< Bound by placement.

  Result<> on(Lifecycle::Start const&, Caller const&) { return mounts_.start(disks); }
  Result<> on(Lifecycle::Stop const&, Caller const&) { return ok; }

  Result<FileSystem::Mount::Reply> on(FileSystem::Mount const&, Caller const&);
  Result<FileSystem::Root::Reply> on(FileSystem::Root const&, Caller const&);
  Result<> on(FileSystem::Discard const& m, Caller const& caller) { return mounts_.unmount(m.volume, caller); }
  Result<> on(FileSystem::Unmount const& m, Caller const& caller) { return mounts_.unmount(m.volume, caller); }
  Result<> on(FileSystem::Remount const& m, Caller const& caller);
  Result<FileSystem::Statistics::Reply> on(FileSystem::Statistics const&, Caller const&);
  Result<FileSystem::Lookup::Reply> on(FileSystem::Lookup const&, Caller const&);
  Result<FileSystem::GetAttributes::Reply> on(FileSystem::GetAttributes const&, Caller const&);
  Result<u64> on(FileSystem::ReadLink const&, Caller const&);
  Result<u64> on(FileSystem::Read const&, Caller const&);
  Result<u64> on(FileSystem::ReadAttribute const&, Caller const&);
  Result<u64> on(FileSystem::ListAttributes const&, Caller const&);
  Result<FileSystem::ReadDirectory::Reply> on(FileSystem::ReadDirectory const&, Caller const&);
  Result<u64> on(FileSystem::FindData const&, Caller const&);

  // service_change.cpp
  Result<FileSystem::Create::Reply> on(FileSystem::Create const&, Caller const&);
  Result<FileSystem::Symlink::Reply> on(FileSystem::Symlink const&, Caller const&);
  Result<FileSystem::Link::Reply> on(FileSystem::Link const&, Caller const&);
  Result<FileSystem::Removed> on(FileSystem::Unlink const&, Caller const&);
  Result<FileSystem::Removed> on(FileSystem::RemoveDirectory const&, Caller const&);
  Result<FileSystem::Removed> on(FileSystem::Rename const&, Caller const&);
  Result<FileSystem::SetAttributes::Reply> on(FileSystem::SetAttributes const&, Caller const&);
  Result<> on(FileSystem::Release const&, Caller const&);
  Result<u64> on(FileSystem::Write const&, Caller const&);
  Result<FileSystem::Reserve::Reply> on(FileSystem::Reserve const&, Caller const&);
  Result<FileSystem::Allocate::Reply> on(FileSystem::Allocate const&, Caller const&);
  Result<> on(FileSystem::SetAttribute const&, Caller const&);
  Result<> on(FileSystem::RemoveAttribute const&, Caller const&);
  Result<> on(FileSystem::Commit const&, Caller const&);

  /// For tests: as after a crash, with the vault kept.
  Result<> restart() { return mounts_.restart(disks); }

 private:
  /// Calls f(Session, Inode) for an inode of a mounted volume. not_found.
  template <class F>
  auto with_inode(InodeNumber number, Caller const& caller, F&& f) -> decltype(f(std::declval<Session const&>(), std::declval<Inode const&>()));

  /// A volume that is mounted to be written. not_found, read_only.
  Result<Ref<Volume>> writable(u64 volume, Caller const& caller);
  /// Has one change made. `subject`: tells it apart from others of the same request; 0: it may be done again.
  template <class M>
  Result<Done> change(InodeNumber about, Method method, u64 subject, M const& m, std::string_view text, Caller const& caller);
  /// The same until it says that it is finished.
  template <class M>
  Result<Done> change_in_steps(InodeNumber about, Method method, u64 subject, M m, Caller caller);

  Mounts mounts_;
};

/// A name from outside. invalid.
[[nodiscard]] Result<std::string_view> checked(FileName const& name);
/// not_found for what belongs to the file system itself and is nobody's file.
[[nodiscard]] Result<> expect_file(Session const& session, InodeNumber number);

}  // namespace hinge::ext4
