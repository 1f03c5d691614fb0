// Mount: a file system's tree, or a part of it (bind), at a place in the tree of names. The table is one list; a walk
// asks it only at names that say that something is mounted on them.
#pragma once

#include "host/heap.hpp"
#include "host/mutex.hpp"
#include "services/linux/files/ranks.hpp"
#include "services/linux/files/superblock.hpp"

namespace hinge::linux_service {

class Name;
struct Path;

/// MS_ flags of mount(2), as far as a mount keeps them.
namespace mount_flag {
inline constexpr u64 read_only = 1, no_set_uid = 2, no_devices = 4, no_execute = 8, synchronous = 16, remount = 32;
inline constexpr u64 no_access_time = 1024, no_directory_access_time = 2048, bind = 4096, move = 8192, recursive = 16384;
inline constexpr u64 silent = 32768, unbindable = 1 << 17, private_ = 1 << 18, slave = 1 << 19, shared = 1 << 20;
inline constexpr u64 relative_access_time = 1 << 21, strict_access_time = 1 << 24;
inline constexpr u64 kept = read_only | no_set_uid | no_devices | no_execute | synchronous | no_access_time |
                            no_directory_access_time | relative_access_time;
}  // namespace mount_flag

class Mount : public Counted {
 public:
  Mount(Ref<Superblock> superblock, Ref<Name> root, u64 flags, std::string_view source);
  void dispose();

  [[nodiscard]] Superblock& superblock() const { return *superblock_; }
  [[nodiscard]] Ref<Name> const& root() const { return root_; }
  [[nodiscard]] u64 flags() const { return flags_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool read_only() const { return flags() & mount_flag::read_only || superblock_->read_only(); }
  [[nodiscard]] std::string_view source() const { return {source_, source_bytes_}; }
  [[nodiscard]] u32 id() const { return id_; }

 private:
  friend class MountTable;
  template <class T> friend void host::destroy(T*);
  ~Mount();
  Ref<Superblock> const superblock_;
  Ref<Name> const root_;
  std::atomic<u64> flags_;
  // Where it is: under the Mounts lock. Null for the root mount and for one that was detached.
  Ref<Mount> parent_;
  Ref<Name> place_;
  Mount* next_ = nullptr;
  bool attached_ = false;
  u32 const id_;
  u32 source_bytes_;
  char source_[64];
};

/// What is borrowed under these makes no mount busy: an unmount takes both, and waits. Two, so that nobody who lists the
/// mounts waits for a disk. The first is held while a file system writes, for as long as its recovery may take at most.
extern constinit Mutex<rank::WriteBack> write_back_lock;
extern constinit Mutex<rank::MountsShown> mounts_shown_lock;

class MountTable {
 public:
  /// The first mount: "/".
  static void set_root(Ref<Mount> mount);
  static Ref<Mount> root();
  static Attempt<> attach(Ref<Mount> mount, Path const& place);
  /// busy while it is in use, unless `lazily`.
  static Attempt<> detach(Mount& mount, bool lazily);
  static void set_flags(Mount& mount, u64 flags);
  /// What is mounted on `place`: goes to the topmost root there. Unchanged when nothing is.
  static void descend(Path& place);
  /// From a mount's root to the name it covers. False at the root mount.
  static bool ascend(Path& place);

  /// For /proc/mounts: mount number `index` in order, with its place; false at the end.
  static bool entry(u32 index, Ref<Mount>& mount, Path& place) HINGE_REQUIRES(mounts_shown_lock);
  /// What it shows a tree of; null at the end.
  static Ref<Superblock> superblock(u32 index);

 private:
  static Mount* nth(Mount* first, u32 index);  ///< Null behind the last one.
  static void append(Mount& mount);
};

}  // namespace hinge::linux_service
