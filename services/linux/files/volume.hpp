// Volume: a file system behind a FileSystem port, and its inodes. Names and attributes are the service's, cached here;
// the data of resident inodes lives here and nowhere else, so such an inode stays in memory as long as it has a name.
// That of others lies on a disk; a DiskCache holds what was read and what is to be written, and keeps the inode in memory
// while something of it is dirty.
//
// Books: of a regular file the personality's size and times count while the inode is in memory; of everything else the
// service's do, and a cached copy is dropped by each change (`stale`). What a disk's file takes of it the service alone knows.
#pragma once

#include "host/heap.hpp"
#include "services/linux/files/block_stock.hpp"
#include "services/linux/files/disk_cache.hpp"
#include "services/linux/files/inode.hpp"
#include "services/linux/files/page_cache.hpp"
#include "services/linux/files/seals.hpp"
#include "services/linux/files/superblock.hpp"
#include "services/linux/files/transfer.hpp"

namespace hinge::linux_service {

class Volume;

class VolumeInode final : public Inode, private PageSource {
 public:
  VolumeInode(Volume& volume, Attributes const& attributes);
  void dispose() override;

  Attempt<Ref<Inode>> lookup(Thread& self, std::string_view name) override;
  Attempt<Ref<Inode>> create(Thread& self, std::string_view name, NewNode const& node) override;
  Attempt<Ref<Inode>> create_anonymous(Thread& self, NewNode const& node) override;
  Attempt<Ref<Inode>> symlink(Thread& self, std::string_view name, std::string_view target, NewNode const& node) override;
  Attempt<> link(Thread& self, std::string_view name, Inode& to) override;
  Attempt<> unlink(Thread& self, std::string_view name, Inode& victim) override;
  Attempt<> remove_directory(Thread& self, std::string_view name, Inode& victim) override;
  Attempt<> rename(Thread& self, std::string_view name, Inode& moved, Inode& to, std::string_view new_name, Inode* replaced,
                   u32 flags) override;
  Attempt<> list(Thread& self, u64 from, EntrySink& sink) override;
  Attempt<usize> read_link(Thread& self, char* to, usize room) override;
  Attempt<Ref<File>> open(Thread& self, Path const& path, u32 flags) override;
  Attempt<Status> status(Thread& self) override;
  Attempt<> change(Thread& self, Change const& change) override;
  Attempt<u64> read_attribute(std::string_view name, Buffer into) override;
  Attempt<u64> list_attributes(Buffer into) override;
  Attempt<> set_attribute(Thread& self, std::string_view name, Buffer value, u32 flags) override;
  Attempt<> remove_attribute(Thread& self, std::string_view name) override;
  /// Data (none of a directory) and attributes are safe afterwards.
  Attempt<> synchronize(Thread&) override { return synchronize(false, 0, PageTree::max_pages); }

  // ---- data of regular files
  /// Bytes read; 0 at the end. bad_address only when nothing could be copied.
  Attempt<usize> read(Thread& self, Transfer& into, u64 offset, ReadAhead& ahead);
  /// Bytes written, at `offset` or (`append`) at the end; then `offset` tells where.
  Attempt<usize> write(Thread& self, Transfer& from, u64& offset, bool append, u64 size_limit);
  Attempt<> resize(u64 size);
  /// fallocate(2). no_space: nothing was allocated. interrupted: what was done stays.
  Attempt<> allocate(Thread& self, u32 mode, u64 offset, u64 bytes);
  /// Where the next data (or hole) is at or after `from`; no_device_or_address beyond the end.
  Attempt<u64> find_data(u64 from, bool hole);
  [[nodiscard]] u64 size();
  /// Writes back these pages and commits; `data_only`: not the times. What a write-back failed with is in the cache's errors().
  Attempt<> synchronize(bool data_only, u64 first, u64 last);
  /// Read by a program, through a mount that keeps access times.
  void accessed();
  /// Whether accessed() would change anything.
  [[nodiscard]] bool access_due() const { return access_due_.load(std::memory_order_relaxed); }
  Attempt<Handle> object();
  Attempt<> supply_page(u64 index, bool for_write, ReadAhead& ahead);
  /// What was read of a file on a disk; null for resident inodes and what is no file.
  [[nodiscard]] DiskCache* disk_cache() { return cache_.get(); }
  /// Of resident files; others have none. Adding one waits for writes that are going on.
  [[nodiscard]] Seals& seals() { return seals_; }
  Attempt<> add_seals(u32 seals);
  /// What boot's unpacking does: data from our own slot, without a thread.
  Attempt<> fill(char const* data, u64 bytes, i64 changed_ns);

 private:
  friend class Volume;
  ~VolumeInode();
  template <class T> friend void host::destroy(T*);
  [[nodiscard]] Volume& volume() const;
  /// Makes a read cache where there is to be one. Once, before anybody else knows the inode.
  bool prepare();
  Attempt<> read_pages(u64 offset, Buffer into) override;
  Attempt<> write_pages(u64 offset, Buffer from) override;
  [[nodiscard]] u64 end() const override { return end_.load(std::memory_order_acquire); }
  bool take_place() override;
  void end_places(u64 pages, bool written) override;
  Attempt<> promise_places() override;
  void finish() override;
  [[nodiscard]] bool abandoned() override;
  [[nodiscard]] Superblock const* filesystem() const override { return &superblock(); }
  void hold() override { retain(); }
  void let_go() override { if (drop()) dispose(); }
  Attempt<usize> write_cached(Thread& self, Transfer& from, u64& offset, bool append, u64 limit);
  Attempt<> resize_cached(u64 size) HINGE_REQUIRES(data_lock_);
  Attempt<> allocate_resident(Thread& self, u64 first, u64 last);
  void clear_resident(u64 offset, u64 end) HINGE_REQUIRES(data_lock_);
  Attempt<> allocate_cached(u32 mode, u64 offset, u64 bytes) HINGE_REQUIRES(data_lock_);
  Attempt<u64> find_cached(u64 from, bool hole);
  void written_now() HINGE_REQUIRES(data_lock_);
  void touch(bool data);
  void set_links(u32 links, i64 now);
  void mark_stale();
  void pin() HINGE_REQUIRES(data_lock_);
  void unpin();
  Attempt<> read_target() HINGE_REQUIRES(data_lock_);
  Attempt<> resize_locked(u64 size) HINGE_REQUIRES(data_lock_);
  static Attempt<Ref<Inode>> hold(Volume& volume, Attributes const& attributes);
  usize copy_out(Transfer& into, u64 offset) HINGE_REQUIRES(data_lock_);
  Attempt<usize> copy_in(Transfer& from, u64 offset, u64 limit) HINGE_REQUIRES(data_lock_);

  VolumeInode* next_ = nullptr;      ///< In the volume's table.
  Mutex<rank::FileData> data_lock_;
  Attributes attributes_ HINGE_GUARDED_BY(data_lock_);
  std::atomic<bool> stale_{false};
  bool pinned_ HINGE_GUARDED_BY(data_lock_) = false;  ///< Holds a reference to itself: see above.
  PageCache pages_ HINGE_GUARDED_BY(data_lock_);
  Seals seals_;
  // Of a file on a disk; end_ is its size, changed under data_lock_.
  Own<DiskCache> cache_;
  std::atomic<u64> end_{0};
  std::atomic<i64> unsent_ns_{0};    ///< A modify time that the service has not been told, or 0.
  std::atomic<bool> access_unsent_{false};
  std::atomic<bool> access_due_;     ///< The next read changes the access time (relatime).
  char* target_ HINGE_GUARDED_BY(data_lock_) = nullptr;  ///< Of a symlink, once read.
};

class Volume final : public Superblock {
 public:
  /// A volume that the service makes or has mounted under this number. `device`: the block device it lies on, or 0.
  static Attempt<Ref<Volume>> make(FilesystemType const& type, Port<FileSystem> const& port, u64 number, u64 device = 0,
                                   bool read_only = false);
  /// A number that no volume has had.
  static u64 new_number();
  /// Of a volume in memory: what its files may take.
  [[nodiscard]] PageQuota& quota() { return quota_; }
  void dispose() override;
  Ref<Inode> root() override { return Ref<Inode>{root_}; }
  Attempt<FileSystem::Statistics::Reply> statistics() override;
  Attempt<> synchronize() override;
  void commit_changes() override;
  [[nodiscard]] bool read_only() const override { return read_only_.load(std::memory_order_relaxed); }
  Attempt<> set_read_only(bool read_only) override;

  /// The inode these attributes belong to, in memory from now on.
  Attempt<Ref<VolumeInode>> inode(Attributes const& attributes);
  /// Creates without a thread: boot.
  Attempt<Ref<VolumeInode>> create(VolumeInode& directory, std::string_view name, NewNode const& node, i64 now);
  Attempt<> symlink(VolumeInode& directory, std::string_view name, std::string_view target, i64 now);
  Attempt<Ref<VolumeInode>> child(VolumeInode& directory, std::string_view name);
  [[nodiscard]] Ref<VolumeInode> top() const { return root_; }
  /// The number of an inode as programs see it.
  [[nodiscard]] u64 shown(InodeNumber inode) const { return device_ ? inode.raw() & 0xffff'ffff : inode.raw(); }

 private:
  friend class VolumeInode;
  template <class T> friend void host::destroy(T*);
  template <class T, class... A> friend T* host::make(A&&...);
  Volume(FilesystemType const& type, Port<FileSystem> const& port, u64 number, u64 device, bool read_only)
      : Superblock{type, device}, port_{port}, number_{number}, device_{device}, read_only_{read_only}, stock_{port, number} {}
  ~Volume() = default;
  void forget(VolumeInode& inode);
  /// A request that changes something, which then is to be committed.
  template <class M>
  Result<typename M::Reply> alter(M const& request, Caller const& caller) {
    auto reply = port_.on(request, caller);
    if (reply) changed();
    return reply;
  }
  void changed();
  Attempt<> commit(InodeNumber inode, bool data_only);

  static constexpr u32 buckets = 512;
  Port<FileSystem> const& port_;
  u64 const number_, device_;
  std::atomic<bool> read_only_, uncommitted_{false};
  BlockStock stock_;
  PageQuota quota_;
  Ref<VolumeInode> root_;
  Mutex<rank::InodeTable> lock_;
  VolumeInode* first_[buckets] HINGE_GUARDED_BY(lock_) = {};
};

/// The tmpfs behind `files::tmpfs_port`; each mount is a volume of its own.
extern FilesystemType const tmpfs_type;
struct TmpfsOptions;
/// The volume `number` of it, which is new.
Attempt<Ref<Volume>> make_tmpfs(u64 number, TmpfsOptions const& options);

}  // namespace hinge::linux_service
