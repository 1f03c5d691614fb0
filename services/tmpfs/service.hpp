// The tmpfs service: FileSystem over the vault. One lock over everything, held until the reply; every change is one
// activation, recorded with its reply so that it can be issued again (iface/filesystem.hpp). File data is not here:
// all its inodes are resident.
#pragma once

#include "host/image.hpp"
#include "host/mutex.hpp"
#include "iface/lifecycle.hpp"
#include "services/tmpfs/store.hpp"

namespace hinge::tmpfs {

struct StoreRank { static constexpr u32 level = 20; };

class Service {
 public:
  Result<> on(Lifecycle::Start const&, Caller const&);
  Result<> on(Lifecycle::Stop const&, Caller const&) { return ok; }

  // There is no disk below, and the data of all inodes lives with the caller.
  Result<FileSystem::Mount::Reply> on(FileSystem::Mount const&, Caller const&) { return fail(Error::not_supported); }
  Result<u64> on(FileSystem::Read const&, Caller const&) { return fail(Error::not_supported); }
  Result<u64> on(FileSystem::ReadAttribute const&, Caller const&) { return fail(Error::not_supported); }
  Result<u64> on(FileSystem::ListAttributes const&, Caller const&) { return fail(Error::not_supported); }
  Result<u64> on(FileSystem::Write const&, Caller const&) { return fail(Error::not_supported); }
  Result<FileSystem::Reserve::Reply> on(FileSystem::Reserve const&, Caller const&) { return fail(Error::not_supported); }
  Result<FileSystem::Allocate::Reply> on(FileSystem::Allocate const&, Caller const&) { return fail(Error::not_supported); }
  Result<u64> on(FileSystem::FindData const&, Caller const&) { return fail(Error::not_supported); }
  Result<> on(FileSystem::Commit const&, Caller const&) { return fail(Error::not_supported); }
  Result<> on(FileSystem::SetAttribute const&, Caller const&) { return fail(Error::not_supported); }
  Result<> on(FileSystem::RemoveAttribute const&, Caller const&) { return fail(Error::not_supported); }
  Result<> on(FileSystem::Remount const&, Caller const&) { return fail(Error::not_supported); }
  Result<> on(FileSystem::Unmount const&, Caller const&) { return fail(Error::not_supported); }

  Result<FileSystem::Root::Reply> on(FileSystem::Root const&, Caller const&);
  Result<> on(FileSystem::Discard const&, Caller const&);
  Result<FileSystem::Statistics::Reply> on(FileSystem::Statistics const&, Caller const&);
  Result<FileSystem::Lookup::Reply> on(FileSystem::Lookup const&, Caller const&);
  Result<FileSystem::GetAttributes::Reply> on(FileSystem::GetAttributes const&, Caller const&);
  Result<FileSystem::SetAttributes::Reply> on(FileSystem::SetAttributes const&, Caller const&);
  Result<FileSystem::Create::Reply> on(FileSystem::Create const&, Caller const&);
  Result<FileSystem::Symlink::Reply> on(FileSystem::Symlink const&, Caller const&);
  Result<u64> on(FileSystem::ReadLink const&, Caller const&);
  Result<FileSystem::Link::Reply> on(FileSystem::Link const&, Caller const&);
  Result<FileSystem::Removed> on(FileSystem::Unlink const&, Caller const&);
  Result<FileSystem::Removed> on(FileSystem::RemoveDirectory const&, Caller const&);
  Result<FileSystem::Removed> on(FileSystem::Rename const&, Caller const&);
  Result<FileSystem::ReadDirectory::Reply> on(FileSystem::ReadDirectory const&, Caller const&);
  Result<> on(FileSystem::Release const&, Caller const&);

  /// For tests: as after a crash, with the vault kept.
  Result<> restart();

 private:
  /// Which change a request is, for the record of operations.
  struct Operation { u32 method; u64 subject; };
  /// The record of this change if it has been made and is asked for again. Forgets the thread's last one if it is new.
  [[nodiscard]] OperationRecord const* done_before(Operation, Caller const&) HINGE_REQUIRES(lock_);
  Result<> record(host::UndoLog&, Operation, Caller const&, FileSystem::Removed, Name inode) HINGE_REQUIRES(lock_);

  /// Directory, alive and not removed, with no entry `name` yet.
  Result<Name> room_for(InodeNumber directory, std::string_view name) const HINGE_REQUIRES(lock_);
  Result<Name> make(host::UndoLog&, InodeNumber directory, InodeRecord initial, std::string_view name, i64 now_ns, Name& entry)
      HINGE_REQUIRES(lock_);
  Result<> reparent(host::UndoLog&, Name inode, Name directory) HINGE_REQUIRES(lock_);
  Result<FileSystem::Removed> drop_link(host::UndoLog&, Name inode, i64 now_ns) HINGE_REQUIRES(lock_);
  [[nodiscard]] bool is_above(Name ancestor, Name directory) const HINGE_REQUIRES(lock_);
  Result<FileSystem::Removed> remove(Operation, InodeNumber directory, std::string_view name, i64 now_ns, bool as_directory,
                                     Caller const&) HINGE_REQUIRES(lock_);
  Result<FileSystem::Removed> exchange(FileSystem::Rename const&, Operation, Name entry, Name other, Caller const&)
      HINGE_REQUIRES(lock_);
  Result<FileSystem::Removed> move(FileSystem::Rename const&, Operation, Name entry, std::string_view new_name, Name replaced,
                                   Caller const&) HINGE_REQUIRES(lock_);

  Mutex<StoreRank> lock_;
  Store store_ HINGE_GUARDED_BY(lock_);
  char target_[4096] HINGE_GUARDED_BY(lock_) = {};  ///< A symlink's target on its way in: too big for the stack.
  bool attached_ HINGE_GUARDED_BY(lock_) = false;
};

/// A name from outside: 1 to 255 bytes, no '/', no zero, not "." or "..".
Result<std::string_view> checked(FileName const& name);
Result<std::string_view> checked(std::string_view name);

}  // namespace hinge::tmpfs
