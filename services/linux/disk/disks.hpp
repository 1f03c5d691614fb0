// Disks: the units of the BlockDevice service and their partitions, as block devices: /dev/vda, /dev/vda1... What is
// read of one through its node is cached page by page, apart from what a file system on it reads for itself.
#pragma once

#include "iface/block_device.hpp"
#include "services/linux/files/read_cache.hpp"

namespace hinge::linux_service {

class Disk final : public PageSource {
 public:
  static constexpr u32 major = 254, minors = 16;  ///< What Debian's virtio_blk has; minor numbers of each unit.

  Disk(u32 unit, u32 number, u64 first, u64 blocks, BlockDevice::Info::Reply const& info);

  [[nodiscard]] std::string_view name() const { return {name_, name_bytes_}; }
  [[nodiscard]] u64 device() const { return u64{major} << 32 | (unit * minors + number); }
  [[nodiscard]] u64 bytes() const { return blocks * block_bytes; }
  /// Made when the disk is first opened. no_memory.
  Attempt<ReadCache*> cache();
  Attempt<> read_pages(u64 offset, Buffer into) override;

  u32 const unit, number;      ///< number 0: the whole disk; else the partition.
  u64 const first, blocks;     ///< On the unit.
  u32 const block_bytes;
  bool const read_only;

 private:
  char name_[12];
  u32 name_bytes_;
  std::atomic<ReadCache*> cache_{nullptr};
};

namespace disks {

/// The service that drives them; optional.
extern constinit Port<BlockDevice> port;

/// Finds all units and their partitions; no units when there is no service. Before any process.
Attempt<> start();
/// Disk number `index`, units with their partitions behind them, or null at the end.
Disk* at(u32 index);
/// By device number or by name ("vda1"), or null.
Disk* find(u64 device);
Disk* find(std::string_view name);

}  // namespace disks
}  // namespace hinge::linux_service
