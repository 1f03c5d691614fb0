// What files does for processes and memory: programs, mapped files, inheritance of descriptors. Written down by the
// caller's side; implemented in services/linux/files. None of these may be called with a lock of process or memory held.
#pragma once

#include "abi/native.hpp"
#include "base/ref.hpp"
#include "iface/lifecycle.hpp"
#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

class Descriptors;
class FsContext;
class Inode;
class Process;
class Thread;

namespace files {

/// A file that may be executed.
struct Program {
  Ref<Inode> inode;
  char* path = nullptr;       ///< Absolute, links resolved, on the heap: the receiver releases it.
  u32 mode = 0, uid = 0, gid = 0;  ///< For the set-id bits; the bits are cleared where the mount says nosuid.
};

/// Resolves `path` for execve: an executable regular file that the caller may execute, else access, no_entry, loop....
/// `flags` are execveat's (AT_EMPTY_PATH 0x1000, AT_SYMLINK_NOFOLLOW 0x100); `directory` is AT_FDCWD (-100) or a descriptor.
Attempt<Program> find_program(Thread& self, i32 directory, char const* path, u32 flags);
/// Reads from the page cache into own memory; fewer bytes than asked at the end of the file only.
Attempt<usize> read_program(Inode& inode, u64 offset, void* to, usize bytes);

/// A descriptor as mmap sees it.
struct Mappable {
  Ref<Inode> inode;
  bool readable = false, writable = false, executable = false;
};
/// bad_descriptor; no_device when that kind of file cannot be mapped.
Attempt<Mappable> mappable(Thread& self, i32 descriptor);
/// The held object whose pages are the file's page cache; it lives as long as the inode. no_handle means: this file's
/// mappings are anonymous memory (/dev/zero).
Attempt<Handle> memory_object(Inode& inode);
/// Supplies page `index` of the object (reads it if need be; marks it dirty with `for_write`). `range` when the page lies
/// wholly beyond the end of the file.
Attempt<> supply_page(Inode& inode, u64 index, bool for_write);
/// For /proc/PID/maps and stat: device, inode number; and the absolute path into `to`, returning its length.
struct Identity { u64 device, number; };
Identity identity(Inode& inode);
usize path_of(Inode& inode, char* to, usize room);
/// msync: writes back what is dirty in a range of the file's bytes.
Attempt<> write_back(Inode& inode, u64 offset, u64 bytes);

/// fork without CLONE_FILES, CLONE_FS; null when memory is out.
Ref<Descriptors> copy_descriptors(Descriptors& from);
Ref<FsContext> copy_context(FsContext& from);
/// exec: closes what is marked close-on-exec. `self` is the only thread of its process.
void close_on_exec(Thread& self);
/// The last thread of a process is about to drop its Refs: record locks go now.
void process_ends(Process& process);

/// Boot: mounts the root and fills it from the boot archive (unpack_root), before any process exists.
Attempt<> start(Lifecycle::Start const& boot);
/// Process 1's: descriptors 0, 1, 2 on /dev/console; root and working directory at /.
Attempt<Ref<Descriptors>> first_descriptors();
Attempt<Ref<FsContext>> first_context();

}  // namespace files
}  // namespace hinge::linux_service
