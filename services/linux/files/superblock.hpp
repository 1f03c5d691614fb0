// Superblock: one file system's instance: its root inode and what statfs tells of it. File systems inside the
// personality (proc, sys, dev) subclass it; those behind a FileSystem port are a Volume. FilesystemType is the list that
// mount(2) and /proc/filesystems go by.
#pragma once

#include <atomic>
#include <string_view>

#include "base/ref.hpp"
#include "services/linux/core/errno.hpp"
#include "services/linux/files/status.hpp"

namespace hinge::linux_service {

class Inode;
class Thread;
class Superblock;

/// What mount(2) names.
struct MountSource {
  std::string_view source, options;
  u64 device = 0;              ///< Of types that need one: the block device `source` is.
  u64 flags = 0;               ///< mount_flag bits.
};

struct FilesystemType {
  char const* name;
  bool needs_device;           ///< "nodev" in /proc/filesystems, when false.
  Attempt<Ref<Superblock>> (*mount)(MountSource const& from);

  /// Adds a type at start-up; the struct lives forever.
  static void add(FilesystemType const& type);
  static FilesystemType const* find(std::string_view name);
  /// Type number `index`, or null at the end.
  static FilesystemType const* at(u32 index);
};

class Superblock : public Counted {
 public:
  /// `device`: the block device it lies on; 0: none.
  explicit Superblock(FilesystemType const& type, u64 device = 0)
      : type_{type}, device_{device ? device : make_device(0, next_minor())} {}
  virtual void dispose() = 0;
  virtual Ref<Inode> root() = 0;
  virtual Attempt<FileSystem::Statistics::Reply> statistics() = 0;

  /// Writes back what is dirty and commits: a power cut loses nothing that was there before. io.
  virtual Attempt<> synchronize() { return ok; }
  /// Commits what the service has changed since the last time; the flusher's.
  virtual void commit_changes() {}
  /// Whether anything can be changed. Of file systems in memory: always.
  [[nodiscard]] virtual bool read_only() const { return false; }
  /// busy: files are open for writing. read_only: it cannot be written. Others: what keeps it from being written back.
  virtual Attempt<> set_read_only(bool) { return ok; }

  std::atomic<i32> writers{0};  ///< Files open for writing.

  [[nodiscard]] FilesystemType const& type() const { return type_; }
  /// st_dev of all inodes in it: the block device, or an anonymous one with major 0.
  [[nodiscard]] u64 device() const { return device_; }

 protected:
  ~Superblock() = default;

 private:
  static u32 next_minor();
  FilesystemType const& type_;
  u64 const device_;
};

}  // namespace hinge::linux_service
