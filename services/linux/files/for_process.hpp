// What files does for processes and memory besides what File itself offers: programs, inheritance of descriptors. None
// of these may be called with a lock of process or memory held.
#pragma once

#include "abi/native.hpp"
#include "base/ref.hpp"
#include "iface/filesystem.hpp"
#include "iface/lifecycle.hpp"
#include "services/linux/core/errno.hpp"

namespace hinge::linux_service {

class Descriptors;
class File;
class FsContext;
class Process;
class Thread;

namespace files {

/// The tmpfs service; to be listed in the image's required ports.
extern constinit Port<FileSystem> tmpfs_port;

/// Resolves `path` for execve: an executable regular file that the caller may execute, opened for reading by the kernel;
/// else access, no_entry, loop... `directory` is AT_FDCWD (-100) or a descriptor, `flags` are execveat's (AT_EMPTY_PATH
/// 0x1000, AT_SYMLINK_NOFOLLOW 0x100). Set-id bits stand in its status().
Attempt<Ref<File>> find_program(Thread& self, i32 directory, char const* path, u32 flags);
/// Reads from the page cache into own memory; fewer bytes than asked at the end of the file only.
Attempt<usize> read_program(Thread& self, File& file, u64 offset, void* to, usize bytes);
/// A descriptor's file, for mmap (which asks its memory() and supply_page()).
Attempt<Ref<File>> file_of(Thread& self, i32 descriptor);
/// The absolute path of an open file into `to`, as /proc/PID/exe and maps show it; returns its length.
usize path_of(File& file, char* to, usize room);

/// fork without CLONE_FILES, CLONE_FS; null when memory is out.
Ref<Descriptors> copy_descriptors(Descriptors& from);
Ref<FsContext> copy_context(FsContext& from);
/// exec: closes what is marked close-on-exec. `self` is the only thread of its process.
void close_on_exec(Thread& self);
/// The last thread of a process is about to drop its Refs: record locks go now.
void process_ends(Process& process);

/// Memory is short: caches give some back to the nucleus. False when there was nothing to give.
bool give_way();
/// sync(2): whatever is dirty anywhere is written back, and every file system commits.
void synchronize_all();
/// The machine is about to stop: the same, and file systems on disks are left clean where nobody writes.
void leave_clean();
/// Process 1's root and working directory: /.
Attempt<Ref<FsContext>> first_context();
/// Mounts /dev, /dev/pts, /dev/shm, /proc and /sys as far as their types have been added and their directories exist.
/// `self` is process 1's thread, in its first request.
void mount_standard(Thread& self);
/// Process 1's: descriptors 0, 1, 2 on /dev/console, after mount_standard. Fails when there is no console.
Attempt<Ref<Descriptors>> first_descriptors(Thread& self);

}  // namespace files
}  // namespace hinge::linux_service
