// Inode: a file, directory or other node as the personality works with it. Abstract: a Volume's inodes stand for a
// FileSystem service's; proc, sys and dev derive their own. The base knows type, permissions and owner, opens FIFOs,
// directories and device nodes, and refuses everything else; a subclass overrides what it can.
//
// Directory operations are called with the directory's `names_lock` held (rename: both), after the caller has checked
// permissions; lookup results go into the name cache unless names_change_by_themselves().
#pragma once

#include <atomic>
#include <string_view>

#include "base/ref.hpp"
#include "host/mutex.hpp"
#include "services/linux/core/errno.hpp"
#include "services/linux/files/ranks.hpp"
#include "services/linux/files/status.hpp"

namespace hinge::linux_service {

class EntrySink;
class File;
class PageCache;
class Pipe;
class Superblock;
class Thread;
struct InotifyWatch;
struct LockList;
struct Path;

/// What is to be made: mode with type, owner as of now.
struct NewNode {
  u32 mode = 0, owner = 0, group = 0;
  u64 device = 0;
};

class Inode : public Counted {
 public:
  Inode(Superblock& superblock, InodeNumber number, u32 mode, u32 owner = 0, u32 group = 0, u64 device = 0);
  virtual void dispose() = 0;

  [[nodiscard]] Superblock& superblock() const { return *superblock_; }
  [[nodiscard]] InodeNumber number() const { return number_; }
  [[nodiscard]] u64 device() const { return device_; }  ///< Of a device node: major << 32 | minor.
  [[nodiscard]] u32 mode() const { return mode_.load(std::memory_order_relaxed); }
  [[nodiscard]] u32 owner() const { return owner_.load(std::memory_order_relaxed); }
  [[nodiscard]] u32 group() const { return group_.load(std::memory_order_relaxed); }
  [[nodiscard]] FileType type() const { return FileType(mode() & file_type_mask); }
  [[nodiscard]] bool is_directory() const { return type() == FileType::directory; }
  [[nodiscard]] bool is_regular() const { return type() == FileType::regular; }
  [[nodiscard]] bool is_symlink() const { return type() == FileType::symlink; }

  // ---- directories
  /// True: names come and go without our doing (proc); the cache keeps none of them.
  [[nodiscard]] virtual bool names_change_by_themselves() const { return false; }
  /// no_entry when there is no such name.
  virtual Attempt<Ref<Inode>> lookup(Thread& self, std::string_view name);
  virtual Attempt<Ref<Inode>> create(Thread& self, std::string_view name, NewNode const& node);
  /// A regular file without a name (O_TMPFILE).
  virtual Attempt<Ref<Inode>> create_anonymous(Thread& self, NewNode const& node);
  virtual Attempt<Ref<Inode>> symlink(Thread& self, std::string_view name, std::string_view target, NewNode const& node);
  virtual Attempt<> link(Thread& self, std::string_view name, Inode& to);
  virtual Attempt<> unlink(Thread& self, std::string_view name, Inode& victim);
  virtual Attempt<> remove_directory(Thread& self, std::string_view name, Inode& victim);
  /// `replaced`: what has the new name now, or null. Flags as in FileSystem::Rename.
  virtual Attempt<> rename(Thread& self, std::string_view name, Inode& moved, Inode& to, std::string_view new_name,
                           Inode* replaced, u32 flags);
  /// Entries after position `from` (0: the first), without "." and "..". Positions are above 2 and stay valid.
  /// Without `names_lock`. Stops when the sink is full.
  virtual Attempt<> list(Thread& self, u64 from, EntrySink& sink);
  Mutex<rank::Directory> names_lock;
  bool removed = false;        ///< A directory without a name: nothing can be created in it. Under names_lock.

  // ---- symlinks
  /// Up to `room` bytes of the target; returns how many.
  virtual Attempt<usize> read_link(Thread& self, char* to, usize room);
  /// A link that leads to a place, not to a text (/proc/PID/fd/N): that place. A null Path: follow the text.
  virtual Attempt<Path> follow(Thread& self);

  // ---- everything
  /// An open file on this inode, whose permissions have been checked. Truncation was done before.
  virtual Attempt<Ref<File>> open(Thread& self, Path const& path, u32 flags);
  virtual Attempt<Status> status(Thread& self);
  /// Permissions have been checked; `change.inode` is not used. Updates mode(), owner() and group().
  virtual Attempt<> change(Thread& self, Change const& change);
  virtual Attempt<> synchronize(Thread&) { return ok; }
  /// Flags as in FileSystem::SetAttribute: exists, no_data.
  virtual Attempt<> set_attribute(Thread&, std::string_view, Buffer, u32) { return fail(Errno::not_supported); }
  virtual Attempt<> remove_attribute(Thread&, std::string_view) { return fail(Errno::not_supported); }
  /// Extended attributes: a value, or all names each ended by a zero, as far as there is room; returns the whole length.
  /// no_data: no such attribute. not_supported: the file system has none.
  virtual Attempt<u64> read_attribute(std::string_view, Buffer) { return fail(Errno::not_supported); }
  virtual Attempt<u64> list_attributes(Buffer) { return u64{0}; }
  /// The page cache of a regular file that has one, or null: what mmap, exec and splice work on.
  virtual PageCache* pages() { return nullptr; }

  std::atomic<i32> writers{0};  ///< Open for writing; below 0: being executed that many times (ETXTBSY).
  InotifyWatch* watches = nullptr;  ///< Who is told of what happens to it; under inotify's lock.
  LockList* locks = nullptr;    ///< Record locks and flocks, under the Locks lock.

 protected:
  ~Inode();
  void set_mode(u32 mode) { mode_.store(mode, std::memory_order_relaxed); }
  void set_owner(u32 owner, u32 group);

 private:
  friend class Fifo;
  Superblock* const superblock_;  ///< Lives longer: mounts, open files and cached names hold it by their Mount.
  InodeNumber const number_;
  u64 const device_;
  std::atomic<u32> mode_, owner_, group_;
  std::atomic<Pipe*> pipe_{nullptr};  ///< Of a FIFO while anybody has it open; counted by those.
};

}  // namespace hinge::linux_service
