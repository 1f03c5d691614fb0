// Disks: the units of the BlockDevice service and their partitions, as block devices: /dev/vda, /dev/vda1... What is
// read and written of one through its node is cached page by page, apart from what a file system on it does for itself: the
// cache is empty again when the node's last user closes it. A file system that is mounted has its disk to itself, among
// those who ask for that (O_EXCL, as mkfs does).
#pragma once

#include "iface/block_device.hpp"
#include "services/linux/files/disk_cache.hpp"

namespace hinge::linux_service {

class Disk final : public PageSource {
 public:
  static constexpr u32 major = 254, minors = 16;  ///< What Debian's virtio_blk has; minor numbers of each unit.

  Disk(u32 unit, u32 number, u64 first, u64 blocks, BlockDevice::Info::Reply const& info);

  [[nodiscard]] std::string_view name() const { return {name_, name_bytes_}; }
  [[nodiscard]] u64 device() const { return u64{major} << 32 | (unit * minors + number); }
  [[nodiscard]] u64 bytes() const { return blocks * block_bytes; }
  /// Made when the disk is first opened. no_memory.
  Attempt<DiskCache*> cache();
  Attempt<> read_pages(u64 offset, Buffer into) override;
  Attempt<> write_pages(u64 offset, Buffer from) override;
  [[nodiscard]] u64 end() const override { return bytes(); }
  void hold() override {}
  void let_go() override {}
  /// Bytes written to the cache at `offset`. no_space at the end, io, no_memory.
  Attempt<usize> write(Thread& self, Transfer& from, u64 offset);
  /// What was written is safe afterwards. io.
  Attempt<> synchronize();
  /// A program opens it, or is done with it.
  void enter() { users_.fetch_add(1); }
  void leave();
  /// Writes back what is dirty and forgets what was read.
  void empty_cache();

  u32 const unit, number;      ///< number 0: the whole disk; else the partition.
  u64 const first, blocks;     ///< On the unit.
  u32 const block_bytes;
  bool const read_only;
  bool claimed = false;        ///< Under the list's lock.

 private:
  char name_[12];
  u32 name_bytes_;
  std::atomic<DiskCache*> cache_{nullptr};
  std::atomic<u32> users_{0};
  std::atomic<bool> unflushed_{false};
  Mutex<rank::FileData> writers_lock_;   ///< Writers of the cache exclude each other.
};

namespace disks {

/// The service that drives them; optional.
extern constinit Port<BlockDevice> port;

/// Finds all units and their partitions; no units when there is no service. Before any process.
Attempt<> start();
/// Disk number `index`, units with their partitions behind them, or null at the end.
Disk* at(u32 index);
/// Takes a disk for oneself: false while another has it, the unit it is a part of, or a part of it. On success programs'
/// caches of all those are empty.
bool claim(Disk& disk);
void release(Disk& disk);
/// What was written to disks through their nodes, and written back, is made safe.
void flush_written();
/// By device number or by name ("vda1"), or null.
Disk* find(u64 device);
Disk* find(std::string_view name);

}  // namespace disks
}  // namespace hinge::linux_service
